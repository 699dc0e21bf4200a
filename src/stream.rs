//! Pages, read one after the other.

use futures_util::{Stream, TryStreamExt, stream};
use xmp_core::Result;

/// The items of all pages. `fetch` reads the page at a place, and tells the place of the next one; nothing is read
/// before it is asked for.
pub(crate) fn pages<T, P, R>(first: P, mut fetch: impl FnMut(P) -> R) -> impl Stream<Item = Result<T>>
where
    R: Future<Output = Result<(Vec<T>, Option<P>)>>,
{
    stream::try_unfold(Some(first), move |place| {
        let page = place.map(&mut fetch);
        async move {
            match page {
                Some(page) => page.await.map(Some),
                None => Ok(None),
            }
        }
    })
    .map_ok(|items| stream::iter(items.into_iter().map(Ok)))
    .try_flatten()
}
