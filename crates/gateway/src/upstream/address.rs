//! Where a provider is: the address of a path there, and whether that is this computer.

use protocol::{Operation, UpstreamCodec};
use reqwest::Url;

/// The address of a path at a provider. People write base URLs with and without the version, with one where the
/// protocol has none, and paste the whole address of an endpoint.
pub(crate) fn address(
    base_url: &str,
    codec: &dyn UpstreamCodec,
    path: &str,
    query: Option<&str>,
) -> String {
    let version = codec.version();
    let base = base_url.trim_end_matches('/');
    let length = base.len() + version.len() + path.len() + query.map_or(0, |query| query.len() + 1);
    let mut text = String::with_capacity(length);
    text.push_str(base);
    let bare_path = path.split('?').next().unwrap_or(path);
    let pasted = base.strip_suffix(&*codec.path(Operation::Chat, "", false));
    if let Some(root) = pasted.or_else(|| base.strip_suffix(bare_path)) {
        // The whole address of an endpoint was pasted: the one for chats, or the very one that is wanted.
        text.truncate(root.len());
    } else if version.is_empty() {
        let root = base.strip_suffix("/v1").unwrap_or(base);
        let first = bare_path.match_indices('/').nth(1);
        let first = first.map_or(bare_path, |(end, _)| &bare_path[..end]);
        text.truncate(root.strip_suffix(first).unwrap_or(root).len());
    } else if !has_version(base) {
        text.push_str(version);
    }
    text.push_str(path);
    if let Some(query) = query.filter(|query| !query.is_empty()) {
        text.push(if path.contains('?') { '&' } else { '?' });
        text.push_str(query);
    }
    text
}

/// Whether a part of the path is a version (`v1`, `v1beta`, `v4`).
fn has_version(base: &str) -> bool {
    base.split('/').skip(3).any(|part| {
        let mut chars = part.chars();
        chars.next() == Some('v') && chars.next().is_some_and(|char| char.is_ascii_digit())
    })
}

/// Whether nothing is needed of the full client on the way to it.
pub(super) fn is_direct(url: &Url) -> bool {
    is_local(url) && url.scheme() != "https"
}

pub(crate) fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
