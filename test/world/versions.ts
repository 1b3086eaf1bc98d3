/** As a receiver compares what it is told: `epoch.seq`, by numbers. */
export const isNewerVersion = (version: string, before: string): boolean => {
  const [epoch = 0, seq = 0] = version.split('.').map(Number)
  const [epochBefore = 0, seqBefore = 0] = before.split('.').map(Number)
  return epoch > epochBefore || (epoch === epochBefore && seq > seqBefore)
}
