//! How posts get in.

use super::{Answer, Call, Delivery, Part, Post, State, World};

impl World {
    /// A key makes a call repeatable: the same request gives what is there, another one is refused.
    pub(super) fn schedule(
        &mut self,
        key: u8,
        accounts: u8,
        parts: u8,
        text: u8,
        priority: u8,
        due_in: i64,
    ) -> (Call, Answer) {
        let due = self.wall + due_in;
        let post = Post {
            key,
            accounts: (0..self.accounts.len()).filter(|at| accounts & (1 << at) != 0).collect(),
            texts: (0..parts).map(|part| format!("text {text}.{part}")).collect(),
            priority,
            due,
            deliveries: Vec::new(),
        };
        let id = self.posts.len();
        let call = Call::Schedule { post: post.clone(), id };
        if let Some(first) = self.posts.iter().position(|first| first.key == key) {
            let same = self.posts[first].texts == post.texts;
            let answer =
                if same { Answer::Replayed(first) } else { Answer::Refused("idempotency_key.reused") };
            return (call, answer);
        }
        self.posts.push(post.clone());
        for account in post.accounts {
            self.posts[id].deliveries.push(self.deliveries.len());
            self.tell("post.scheduled", self.deliveries.len(), None);
            self.deliveries.push(Delivery {
                post: id,
                account,
                priority,
                due,
                run_at: Some(due),
                why: None,
                lease: None,
                fence: 0,
                parts: post.texts.iter().cloned().map(Part::new).collect(),
            });
        }
        (call, Answer::Done)
    }
}

impl Part {
    fn new(text: String) -> Self {
        Self {
            text,
            state: State::Waiting,
            attempts: 0,
            looks: 0,
            published: None,
            checkpoints: [].into(),
            attempt: None,
        }
    }
}
