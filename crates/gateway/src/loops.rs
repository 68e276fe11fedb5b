//! Providers that lead back here: no request goes round in circles.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName, HeaderValue};
use protocol::canonical::{ApiError, ErrorKind, Fault};
use store::config::Provider;
use url::{Host, Url};

/// How many gateways of this kind a request has come through.
const HOP: HeaderName = HeaderName::from_static("x-patchbay-hop");
/// More in a row is nobody's intention.
pub(crate) const MOST_HOPS: u64 = 3;

/// Refuses a provider whose address is that of the gateway which listens at `own`.
///
/// # Errors
/// `InvalidRequest`, for the person who configured it.
pub(crate) fn check(
    provider: &Provider,
    url: &Url,
    own: Option<SocketAddr>,
) -> Result<(), ApiError> {
    match own {
        Some(own) if is_at(url, own) => Err(refused(format!(
            "The provider `{}` leads back to Patchbay itself. Correct its base URL.",
            provider.id
        ))),
        Some(_) | None => Ok(()),
    }
}

/// The hops of a request that came in, if it may go on.
///
/// # Errors
/// `InvalidRequest` when it has been passed on too often.
pub(crate) fn check_hops(headers: &HeaderMap) -> Result<u64, ApiError> {
    let hops = hops(headers);
    if hops < MOST_HOPS {
        return Ok(hops);
    }
    Err(refused(format!(
        "This request has come through {hops} Patchbays already: a provider of one of them leads back to another. Correct its base URL."
    )))
}

pub(crate) fn hops(headers: &HeaderMap) -> u64 {
    let stated = headers.get(HOP).and_then(|hops| hops.to_str().ok());
    stated.and_then(|hops| hops.parse().ok()).unwrap_or(0)
}

/// Counts one hop more on the way to a provider that could be a gateway of this kind: those speak no TLS,
/// and the others need not know.
pub(crate) fn count_hop(headers: &mut HeaderMap, provider: &Provider, hops: u64) {
    if provider.base_url.starts_with("http://") {
        headers.insert(HOP, HeaderValue::from(hops.saturating_add(1)));
    }
}

/// Whether an address in any of its spellings is where we listen.
fn is_at(url: &Url, own: SocketAddr) -> bool {
    if url.port_or_known_default() != Some(own.port()) {
        return false;
    }
    let address = match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            return (name == "localhost" || name.ends_with(".localhost")) && is_here(own.ip());
        }
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).to_canonical(),
        None => return false,
    };
    address == own.ip() || is_here(address) && is_here(own.ip())
}

/// This computer; the unspecified address leads there too.
fn is_here(address: IpAddr) -> bool {
    address.is_loopback() || address.is_unspecified()
}

fn refused(message: String) -> ApiError {
    ApiError::new(ErrorKind::InvalidRequest, Fault::Gateway, message).with_code("provider_loop")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_address_is_known_in_every_spelling() {
        let is_at = |address: &str, own| is_at(&address.parse().unwrap(), own);
        let own = "127.0.0.1:7229".parse().unwrap();
        for address in [
            "http://127.0.0.1:7229",
            "http://localhost:7229/v1",
            "http://LOCALHOST.:7229/",
            "http://127.1:7229",
            "http://0x7f000001:7229",
            "http://0.0.0.0:7229",
            "http://[::1]:7229/v1",
            "http://[::ffff:127.0.0.1]:7229",
        ] {
            assert!(is_at(address, own), "{address}");
        }
        for address in [
            "http://127.0.0.1:7228",
            "http://127.0.0.1",
            "http://192.168.0.5:7229",
            "http://localhost.example:7229",
        ] {
            assert!(!is_at(address, own), "{address}");
        }
        assert!(is_at("http://localhost", "0.0.0.0:80".parse().unwrap()));
        let shared = "192.168.0.5:7229".parse().unwrap();
        assert!(is_at("http://192.168.0.5:7229", shared));
        assert!(!is_at("http://localhost:7229", shared));
    }
}
