//! How posts get in.

use super::{Answer, Call, Delivery, Part, Post, State, World};
use crate::op::Wish;

impl World {
    /// A key makes a call repeatable: the same request gives what is there, another one is refused.
    pub fn schedule(&mut self, wish: &Wish) -> (Call, Answer) {
        let due = self.wall + wish.due_in;
        let accounts = 0..self.accounts.len();
        let post = Post {
            key: wish.key,
            accounts: accounts.filter(|at| wish.accounts & (1 << at) != 0).collect(),
            texts: (0..wish.parts).map(|part| format!("text {}.{part}", wish.text)).collect(),
            priority: wish.priority,
            due,
            expires: wish.expires_after.map(|after| due + after),
            deliveries: Vec::new(),
            gone: false,
        };
        let id = self.posts.len();
        let call = Call::Schedule { post: post.clone(), id, first: self.deliveries.len() };
        if let Some(first) = self.posts.iter().position(|first| first.key == wish.key && !first.gone) {
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
                priority: wish.priority,
                due,
                expires: post.expires,
                settled: None,
                gone: false,
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
