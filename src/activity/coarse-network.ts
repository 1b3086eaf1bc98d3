/** A network cut to what a person can recognise: /24 for IPv4, /48 for IPv6; no more than the purpose needs. */
export const coarseNetwork = (network: string | undefined): string | undefined => {
  const [address = ''] = (network ?? '').split('/')
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return address.replace(/\.\d+$/, '.0/24')
  if (!address.includes(':')) return undefined
  const [head = ''] = address.split('::')
  return `${head.split(':').slice(0, 3).join(':')}::/48`
}
