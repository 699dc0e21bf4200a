//! Names in the cases of three languages.

/// `DeadLetters` as `dead_letters`.
pub(crate) fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// `DeadLetters` as `DEAD_LETTERS`.
pub(crate) fn constant(name: &str) -> String {
    snake(name).to_uppercase()
}

/// `dead_letters` as `DeadLetters`.
pub(crate) fn pascal(name: &str) -> String {
    let mut pascal = String::new();
    for word in name.split(['_', '.']) {
        let mut letters = word.chars();
        pascal.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        pascal.push_str(letters.as_str());
    }
    pascal
}

/// `dead_letters` as `deadLetters`.
pub(crate) fn camel(name: &str) -> String {
    let pascal = pascal(name);
    let mut letters = pascal.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_every_case() {
        assert_eq!(snake("RemotePostPage"), "remote_post_page");
        assert_eq!(constant("XConfig"), "X_CONFIG");
        assert_eq!(pascal("post.rate_limit"), "PostRateLimit");
        assert_eq!((camel("dead_letters"), camel("x")), ("deadLetters".to_owned(), "x".to_owned()));
    }
}
