/** Whether this browser asks not to be tracked, and by which header: Global Privacy Control, or the older DNT. */
export const trackingSignal = (ctx: { get: (header: string) => string }): 'gpc' | 'dnt' | '' => {
  if (ctx.get('sec-gpc') === '1') return 'gpc'
  return ctx.get('dnt') === '1' ? 'dnt' : ''
}
