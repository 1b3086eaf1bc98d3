import ipaddr from 'ipaddr.js'
import { type Address, networkOf, parseAddress } from '../lib/networks.ts'
import type { Page } from './page-context.ts'

/**
 * The caller's address: the peer's, or behind listed proxies the rightmost hop that none of them is. What can't be
 * read is nobody's address rather than an excuse to skip a limit (CVE-2024-47070, CVE-2023-36456).
 */
export const clientAddress = (
  { peer, forwardedFor }: { peer: string | undefined; forwardedFor: string },
  trustedProxies: readonly string[],
): string | undefined => {
  let caller = parseAddress(peer)
  if (!caller || !isListed(caller, trustedProxies)) return caller?.toString()
  const hops = forwardedFor.split(',').reverse()
  for (const hop of hops) {
    if (hop.trim() === '') break
    caller = parseAddress(nodeOf(hop.trim()))
    if (!caller || !isListed(caller, trustedProxies)) break
  }
  return caller?.toString()
}

/** What limits count by: one IPv4 address, or the /64 that one household or machine has in IPv6. */
export const clientNetwork = ({ page }: { page: Pick<Page, 'address'> }): string => {
  const address = parseAddress(page.address)
  return address ? networkOf(address, { ipv4: 32, ipv6: 64 }) : 'unknown'
}

/** A hop as proxies write it (RFC 7239 §6): the address may be quoted, in brackets and with a port, which some keep secret. */
const hopForm = /^(["]?)(?:(\d+\.\d+\.\d+\.\d+)|\[([^\]]+)\])(?::(?:\d{1,5}|_[\w.-]+))?\1$/
const nodeOf = (hop: string): string => {
  const [, , ipv4, ipv6] = hopForm.exec(hop) ?? []
  return ipv4 ?? ipv6 ?? hop
}

const isListed = (address: Address, networks: readonly string[]): boolean =>
  networks.some((network) => {
    const [base, bits] = network.includes('/') ? ipaddr.parseCIDR(network) : [ipaddr.parse(network), undefined]
    if (base.kind() !== address.kind()) return false
    return address.match(base, bits ?? (base.kind() === 'ipv4' ? 32 : 128))
  })
