//! `multipart/form-data`, encoded once, so that what is recorded is what is sent.

use bytes::{BufMut, Bytes, BytesMut};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use xmp_core::{Error, ErrorKind, HttpRequest, MultipartField, RequestBody, Result};

/// Turns a multipart body into bytes and sets its content type; other bodies stay as they are.
///
/// # Errors
/// [`ErrorKind::Internal`] if the system gives no randomness for the boundary.
pub fn encode(request: &mut HttpRequest) -> Result<()> {
    let RequestBody::Multipart(fields) = &request.body else { return Ok(()) };
    let boundary = boundary(fields)?;
    let body = body(fields, &boundary);
    let content_type = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"))
        .map_err(|error| Error::new(ErrorKind::Internal, "multipart.boundary", error.to_string()))?;
    request.headers.insert(CONTENT_TYPE, content_type);
    request.body = RequestBody::Bytes(body);
    Ok(())
}

/// A boundary that no field contains (RFC 2046, section 5.1.1).
fn boundary(fields: &[MultipartField]) -> Result<String> {
    loop {
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random).map_err(|error| {
            Error::new(ErrorKind::Internal, "random", format!("the system gave no randomness: {error}"))
        })?;
        let boundary = format!("xmp-{:032x}", u128::from_be_bytes(random));
        let within = |bytes: &[u8]| bytes.windows(boundary.len()).any(|window| window == boundary.as_bytes());
        // 128 random bits: a second round is never seen, and the look costs more than it gives for long fields.
        if !fields.iter().any(|field| field.content.len() < 4096 && within(&field.content)) {
            return Ok(boundary);
        }
    }
}

fn body(fields: &[MultipartField], boundary: &str) -> Bytes {
    let content: usize = fields.iter().map(|field| field.content.len()).sum();
    let mut body = BytesMut::with_capacity(content + 256 * (fields.len() + 1));
    for field in fields {
        body.put_slice(
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(field.name))
                .as_bytes(),
        );
        if let Some(name) = &field.file_name {
            body.put_slice(format!("; filename=\"{}\"", quoted(name)).as_bytes());
        }
        body.put_slice(b"\r\n");
        if let Some(kind) = &field.content_type {
            let kind: String = kind.chars().filter(|c| !c.is_control()).collect();
            body.put_slice(format!("Content-Type: {kind}\r\n").as_bytes());
        }
        body.put_slice(b"\r\n");
        body.put_slice(&field.content);
        body.put_slice(b"\r\n");
    }
    body.put_slice(format!("--{boundary}--\r\n").as_bytes());
    body.freeze()
}

/// As HTML asks for names within quotes (WHATWG HTML, "multipart/form-data encoding algorithm").
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_framed_and_names_cannot_break_out() {
        let fields = [
            MultipartField {
                name: "media",
                file_name: Some("a\"\r\nX: y.png".to_owned()),
                content_type: Some("image/png".to_owned()),
                content: Bytes::from_static(b"\x89PNG\r\n"),
            },
            MultipartField {
                name: "media_category",
                file_name: None,
                content_type: None,
                content: Bytes::from_static(b"tweet_image"),
            },
        ];
        let body = body(&fields, "b");
        let expected =
            b"--b\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a%22%0D%0AX: y.png\"\r\n\
            Content-Type: image/png\r\n\r\n\x89PNG\r\n\r\n--b\r\n\
            Content-Disposition: form-data; name=\"media_category\"\r\n\r\ntweet_image\r\n--b--\r\n";
        assert_eq!(body.as_ref(), expected.as_slice());
    }

    #[test]
    fn boundaries_differ() {
        assert_ne!(boundary(&[]).unwrap(), boundary(&[]).unwrap());
    }
}
