/**
 * Addresses that configuration may name (Z4, RFC 9700 §2.1, RFC 8252 §7). Each answers what is wrong and what to write,
 * or nothing. Redirects are compared as strings, so only the one spelling that browsers will send is let in.
 */
import ipaddr from 'ipaddr.js'

export const isLoopback = (host: string): boolean => {
  const bare = host.replace(/^\[|\]$/g, '')
  return bare === 'localhost' || (ipaddr.isValid(bare) && ipaddr.process(bare).range() === 'loopback')
}

const isAddressLiteral = (host: string): boolean => ipaddr.isValid(host.replace(/^\[|\]$/g, ''))

/** Names that no public host has (RFC 6761, RFC 6762, RFC 8375, RFC 9476). */
const specialUse = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|private|alt|onion|test|invalid|home\.arpa)$/

const spelling = (address: string): string | undefined => {
  if (!/^[\x21-\x7e]+$/.test(address))
    return 'has characters outside ASCII: write its host as xn--… and encode the rest'
  if (/\{(issuer|port[+\d]*)\}/.test(address))
    return 'has a placeholder, which stands for something in development only: write the address in full'
  if (/[*{}<>"`|^\\]/.test(address)) return 'has a wildcard or a character no address has: write each address in full'
  if (address.includes('#')) return 'has a fragment: write it without "#"'
  if (address.length > 2000) return 'is longer than 2000 characters: write a shorter one'
  if (!URL.canParse(address)) return 'is no address: write it in full, with https://'
  const url = new URL(address)
  if (url.username || url.password || /^[a-z0-9+.-]+:\/\/[^/?]*@/i.test(address))
    return 'has a name or password in it: write it without "@"'
  if (/;|%2e|%2f|%5c|%00/i.test(address.split('?')[0]!) || /\/\.{1,2}(\/|$|\?)/.test(address))
    return 'has dot segments, ";" or an encoded slash: write the path plainly'
  if (url.href !== address && url.href !== `${address}/`) return `is not how a browser writes it: write ${url.href}`
  return undefined
}

const publicHost = ({ hostname }: URL): string | undefined => {
  if (isAddressLiteral(hostname)) return 'names a host by its number: write its name'
  if (hostname.endsWith('.')) return 'has a host that ends in a dot: write it without'
  if (!hostname.includes('.') || specialUse.test(hostname)) return 'has a host that is not public: write a public name'
  return undefined
}

export interface AddressContext {
  production: boolean
  /** Hosts, or hosts with ports, that its company declared as reachable though private. */
  reachablePrivately?: readonly string[]
}

/** Where the provider or a browser goes: https and a public host; in development also http on loopback. */
export const endpointIssue = (address: string, context: AddressContext): string | undefined => {
  const wrong = spelling(address)
  if (wrong) return wrong
  const url = new URL(address)
  if (isLoopback(url.hostname))
    return context.production
      ? 'is on this machine, which production refuses: write a public https address'
      : url.protocol === 'http:' || url.protocol === 'https:'
        ? undefined
        : 'is neither http nor https: write https://'
  if (url.protocol !== 'https:') return 'is not encrypted: write https://'
  if (context.reachablePrivately?.some((host) => host === url.hostname || host === url.host)) return undefined
  return publicHost(url)
}

/**
 * Where a code may be sent. Native apps: an https address they claim, http on loopback, or a scheme of their own that
 * names a domain backwards, so that two apps can't happen on the same one. Web: https; http on loopback in development.
 */
export const redirectIssue = (
  address: string,
  kind: 'web' | 'native' | 'device' | 'machine',
  { production }: AddressContext,
): string | undefined => {
  const wrong = spelling(address)
  if (wrong) return wrong
  const url = new URL(address)
  if (url.protocol === 'https:') return production || !isLoopback(url.hostname) ? publicHost(url) : undefined
  if (url.protocol === 'http:') {
    if (!isLoopback(url.hostname)) return 'is not encrypted: write https://'
    return kind === 'native' || !production ? undefined : 'is on this machine, which production refuses: write https://'
  }
  if (kind !== 'native') return `has the scheme "${url.protocol}", which only a native app may have: write https://`
  if (!/^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+:$/.test(url.protocol) || address.startsWith(`${url.protocol}//`))
    return 'has a scheme that any app could take: write a domain of yours backwards, such as com.example.app:/callback'
  return undefined
}
