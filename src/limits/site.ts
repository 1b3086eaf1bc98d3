import { networkOf, parseAddress } from '../lib/networks.ts'

/** A network in IPv6, as what is counted by network begins with it: one household's or machine's /64. */
const network = /^([\da-f:]+)\/64(?= |$)/
const ofSite = /^[\da-f:]+\/48(?= |$)/

/**
 * The /48 that a provider gives one customer in IPv6, who has 65,536 networks in it (H7, H11): the same subject with its
 * site in place of its network; undefined for anything else.
 */
export const siteOf = (subject: string): string | undefined => {
  const [found = '', text] = network.exec(subject) ?? []
  const address = parseAddress(text)
  return address && networkOf(address, { ipv4: 32, ipv6: 48 }) + subject.slice(found.length)
}

export const isOfSite = (subject: string): boolean => ofSite.test(subject)
