//! Which addresses are public (contract README, *Delivery*: never a private, loopback, link-local or metadata address).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::api_key::Network;

/// Whether anybody on the Internet may be reached there. What is not known to be public is not.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    if is_metadata(address) {
        return false;
    }
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match embedded_v4(address) {
            Some(inner) => is_public_v4(inner),
            None => is_public_v6(address),
        },
    }
}

/// Whether events may be sent to an address: to public ones and to networks that the operator allows, over TLS; to this machine
/// only where a network of nothing else is allowed, and then without TLS too (the local stack); to metadata services never.
#[must_use]
pub fn may_receive_events(address: IpAddr, is_https: bool, allowed: &[Network]) -> bool {
    let listed = |network: &Network| network.contains(address);
    if is_metadata(address) {
        false
    } else if is_this_machine(address) {
        allowed
            .iter()
            .any(|network| network.is_of_this_machine() && listed(network))
    } else {
        is_https && (is_public(address) || allowed.iter().any(listed))
    }
}

/// Whether whoever connects to it connects to itself.
fn is_this_machine(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_loopback() || address.is_unspecified()
}

/// Whether a cloud's metadata or credentials service answers there: the whole link-local range, what single clouds have
/// elsewhere, and every spelling in IPv6 that may lead there.
#[must_use]
pub fn is_metadata(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_metadata_v4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h] = address.segments();
            let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
            let inner = match (a, b) {
                // NAT64 of one's own (RFC 8215), with the address at either of its places (RFC 6052, 2.2).
                (0x0064, 0xff9b) if c == 1 => vec![v4(g, h), v4(d, (e << 8) | (f >> 8))],
                // What was once "IPv4-compatible" (RFC 4291, 2.5.5.1).
                (0, 0) if [c, d, e, f] == [0; 4] => vec![v4(g, h)],
                // Translated without state (SIIT, RFC 2765, 2.1).
                (0, 0) if [c, d, e, f] == [0, 0, 0xffff, 0] => vec![v4(g, h)],
                _ => embedded_v4(address).into_iter().collect(),
            };
            inner.into_iter().any(is_metadata_v4)
                || (a, b) == (0xfd00, 0x0ec2) // AWS
                || (a, b, c) == (0xfd20, 0x00ce, 0) // Google
                || (a, b) == (0xfd00, 0x00c1) // Oracle
                || (a, b) == (0xfe80, 0)
        }
    }
}

/// Link-local, which is where most clouds have it, and the addresses of Alibaba, Azure and Oracle, of which Azure's is in a public
/// range.
const fn is_metadata_v4(address: Ipv4Addr) -> bool {
    address.is_link_local()
        || matches!(
            address.octets(),
            [100, 100, 100, 200] | [168, 63, 129, 16] | [192, 0, 0, 192]
        )
}

/// The IPv4 address that a translation address leads to: NAT64 (RFC 6052) and 6to4 (RFC 3056).
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (a, b) {
        (0x0064, 0xff9b) if [c, d, e, f] == [0; 4] => Some(v4(g, h)),
        (0x2002, _) => Some(v4(b, c)),
        _ => None,
    }
}

const fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)        // this network, private, loopback, multicast and reserved
            | (100, 64..=127, _)                // shared by carriers
            | (169, 254, _)                     // link-local
            | (172, 16..=31, _)                 // private
            | (192, 0, 0 | 2)                   // protocol assignments, documentation
            | (192, 88, 99)                     // 6to4 relays
            | (192, 168, _)                     // private
            | (198, 18..=19, _)                 // benchmarks
            | (198, 51, 100) | (203, 0, 113) // documentation
    );
    !special
}

const fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    // Global unicast is 2000::/3; in it, 2001::/23 is for protocols, and two ranges are for documentation.
    a & 0xe000 == 0x2000
        && !(a == 0x2001 && (b < 0x0200 || b == 0x0db8))
        && !(a == 0x3fff && b < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_operator_allows_is_over_tls_and_never_this_machine_beside_others() {
        let networks = |texts: &[&str]| -> Vec<Network> {
            let parsed = texts.iter().map(|text| Network::parse(text));
            parsed.collect::<Result<_, _>>().expect("networks")
        };
        let everything = &["0.0.0.0/0", "::/0"][..];
        for (allowed, address, https, http) in [
            (&[][..], "8.8.8.8", true, false),
            (&[], "10.0.0.1", false, false),
            (&[], "127.0.0.1", false, false),
            (&["10.0.0.0/8"], "10.0.0.1", true, false),
            (&["10.0.0.0/8"], "::ffff:10.0.0.1", true, false),
            (&["10.0.0.0/8"], "11.0.0.1", true, false),
            (&["10.0.0.0/8"], "127.0.0.1", false, false),
            (&["127.0.0.0/8"], "127.0.0.1", true, true),
            (&["127.0.0.0/8"], "::ffff:127.0.0.1", true, true),
            (&["127.0.0.1"], "127.0.0.2", false, false),
            (&["127.0.0.0/8"], "::1", false, false),
            (&["127.0.0.0/8"], "10.0.0.1", false, false),
            (&["127.0.0.0/8"], "0.0.0.0", false, false),
            (&["::1"], "::1", true, true),
            (everything, "10.0.0.1", true, false),
            (everything, "fd12::1", true, false),
            (everything, "127.0.0.1", false, false),
            (everything, "0.0.0.0", false, false),
            (everything, "::1", false, false),
            (everything, "::", false, false),
            (everything, "169.254.169.254", false, false),
            (&["169.254.0.0/16"], "169.254.169.254", false, false),
        ] {
            let (allowed, address) = (networks(allowed), address.parse().expect(address));
            assert_eq!(
                [true, false].map(|is_https| may_receive_events(address, is_https, &allowed)),
                [https, http],
                "{address}"
            );
        }
    }

    #[test]
    fn private_and_special_addresses_are_not_public() {
        for (address, public) in [
            ("8.8.8.8", true),
            ("172.15.0.1", true),
            ("172.32.0.1", true),
            ("100.128.0.1", true),
            ("2606:4700::1111", true),
            ("::ffff:8.8.8.8", true),
            ("64:ff9b::8.8.8.8", true),
            ("0.0.0.0", false),
            ("10.0.0.1", false),
            ("100.64.0.1", false),
            ("127.0.0.1", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.0.0.1", false),
            ("192.168.1.1", false),
            ("198.18.0.1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::ffff:10.0.0.1", false),
            ("64:ff9b::10.0.0.1", false),
            ("64:ff9b:1::1", false),
            ("2002:0a00:0001::", false),
            ("2001:db8::1", false),
            ("2001::1", false),
            ("fc00::1", false),
            ("fd00:ec2::254", false),
            ("fe80::1", false),
            ("fd00:c1::a9fe:a9fe", false),
            ("::ffff:0:8.8.8.8", false),
            ("168.63.129.16", false),
            ("::ffff:168.63.129.16", false),
            ("64:ff9b::168.63.129.16", false),
            ("::8.8.8.8", false),
            ("ff02::1", false),
        ] {
            assert_eq!(
                is_public(address.parse().expect(address)),
                public,
                "{address}"
            );
        }
    }

    #[test]
    fn metadata_services_are_known_in_every_spelling() {
        for address in [
            "169.254.169.254",
            "169.254.170.2",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::169.254.169.254",
            "64:ff9b:1:a9fe:a9:fe00::",
            "2002:a9fe:a9fe::",
            "fd00:ec2::254",
            "fd20:ce::254",
            "fd00:c1::a9fe:a9fe",
            "::ffff:0:169.254.169.254",
            "::ffff:0:168.63.129.16",
            "fe80::a9fe:a9fe",
        ] {
            assert!(is_metadata(address.parse().expect(address)), "{address}");
        }
        for address in ["8.8.8.8", "10.0.0.1", "127.0.0.1", "::1", "2606:4700::1111"] {
            assert!(!is_metadata(address.parse().expect(address)), "{address}");
        }
    }
}
