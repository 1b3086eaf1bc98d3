import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

export type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Four decimals or IPv6, nothing that only some would read as an address; IPv4 inside IPv6 is IPv4. */
export const parseAddress = (text: string | undefined): Address | undefined =>
  text && isIP(text) !== 0 ? ipaddr.process(text) : undefined

/** The network of so many bits that an address is in, in its shortest spelling. */
export const networkOf = (address: Address, bits: { ipv4: number; ipv6: number }): string => {
  const length = bits[address.kind()]
  const kind = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6
  return `${kind.networkAddressFromCIDR(`${address}/${length}`)}/${length}`
}
