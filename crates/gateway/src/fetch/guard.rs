//! Which addresses may be connected to, and the look-up that connects to nothing else: the address that was
//! checked is the one that is used, so that a name cannot mean two things.

use std::{
    error::Error as StdError,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Names to addresses.
pub(crate) type LookUp =
    dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync;

/// Where images and documents are fetched from.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Reach {
    /// The public internet, and nothing else.
    #[default]
    Internet,
    /// A rehearsal without a network: all names lead to this address, and nothing else is connected to.
    Only(IpAddr),
}

#[derive(Clone)]
pub(crate) struct Guard {
    look_up: Arc<LookUp>,
    allows: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
}

impl Default for Guard {
    /// The system's look-up, and the public internet only.
    fn default() -> Self {
        Self {
            look_up: Arc::new(|name| Box::pin(system(name))),
            allows: Arc::new(is_public),
        }
    }
}

impl Guard {
    #[cfg(test)]
    pub(super) fn of(look_up: Arc<LookUp>, allows: fn(IpAddr) -> bool) -> Self {
        let allows = Arc::new(allows);
        Self { look_up, allows }
    }

    pub(crate) fn within(reach: Reach) -> Self {
        match reach {
            Reach::Internet => Self::default(),
            Reach::Only(address) => Self {
                look_up: Arc::new(move |_| Box::pin(std::future::ready(Ok(vec![address])))),
                allows: Arc::new(move |asked| asked == address),
            },
        }
    }

    pub(super) fn allows(&self, address: IpAddr) -> bool {
        (self.allows)(address)
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let addresses = (guard.look_up)(name.as_str().to_owned()).await?;
            // One that is not public is enough: honest names do not mix them.
            if !addresses.iter().all(|address| guard.allows(*address)) {
                return Err(Refused.into());
            }
            let ports = addresses.into_iter().map(|ip| SocketAddr::new(ip, 0));
            Ok(Box::new(ports) as Addrs)
        })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the name leads into a private network")]
struct Refused;

/// Whether the guard itself made a request fail.
pub(super) fn is_refusal(error: &(dyn StdError + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<Refused>() {
            return true;
        }
        cause = error.source();
    }
    false
}

async fn system(name: String) -> io::Result<Vec<IpAddr>> {
    let found = tokio::net::lookup_host((name, 0)).await?;
    Ok(found.map(|address| address.ip()).collect())
}

/// Whether an address is one of the public internet: not this computer, not its network, not set apart.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_set_apart = match (a, b, c) {
        // This network, shared by carriers, reserved.
        (0 | 240.., _, _) | (100, 64..=127, _) => true,
        // Protocols, 6to4 relays, benchmarks.
        (192, 0, 0) | (192, 88, 99) | (198, 18 | 19, _) => true,
        _ => false,
    };
    !(is_set_apart
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let [a, b, c, d, e, f, g, h] = address.segments();
    let inner = |high: u16, low: u16| {
        let [one, two] = high.to_be_bytes();
        let [three, four] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(one, two, three, four))
    };
    match (a, b) {
        // Translated to IPv4 by the network.
        (0x64, 0xff9b) => (c, d, e, f) == (0, 0, 0, 0) && inner(g, h),
        // 6to4.
        (0x2002, _) => inner(b, c),
        // Teredo and other special ones; documentation.
        (0x2001, 0..=0x1ff | 0xdb8) | (0x3fff, 0..=0xfff) => false,
        // What is handed out to the public.
        (0x2000..=0x3fff, _) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edge_073_only_the_public_internet_is_allowed() {
        for public in [
            "1.1.1.1",
            "93.184.216.34",
            "172.32.0.1",
            "100.63.0.1",
            "2606:4700::1111",
            "2a00:1450:4001::1",
            "64:ff9b::101:101",
            "::ffff:1.1.1.1",
            "2002:101:101::",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }
}
