import { networkOf, parseAddress } from '../lib/networks.ts'

/** A network cut to what a person can recognise: /24 for IPv4, /48 for IPv6; no more than the purpose needs. */
export const coarseNetwork = (network: string | undefined): string | undefined => {
  const address = parseAddress(network?.split('/')[0])
  return address && networkOf(address, { ipv4: 24, ipv6: 48 })
}
