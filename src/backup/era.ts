import type { MetaStore } from '../storage/index.ts'

/** So many epochs fit in one era, for any one document. */
const perEra = 1_000_000

/** How often the data was restored. It is the high part of every epoch (model M15), which is the high part of what companies compare. */
export const eraOf = async (meta: Pick<MetaStore, 'get'>): Promise<number> => Number((await meta.get('era')) ?? 0)

/** Greater than every epoch of every era before, whatever it had come to there. */
export const inEra = (era: number, epoch: number): number => era * perEra + (epoch % perEra)
