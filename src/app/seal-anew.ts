import type { Features } from './features.ts'
import { type Floor, sealMark } from './floor.ts'

/**
 * After another secret key came first, seals under it whatever is kept for longer than it waits to be sent or finished.
 * Until all is done the mark stays under the older key, without which no start succeeds: it can't be taken away too early.
 */
export const createSealAnew =
  ({ meta, box, log, background }: Floor, { support, analytics }: Pick<Features, 'support' | 'analytics'>) =>
  async (): Promise<void> => {
    const mark = await meta.get(sealMark)
    if (mark !== undefined && !box.isOutdated(mark)) return
    await support.sealAnew(background.isStopping)
    await analytics.sealAnew(background.isStopping)
    if (background.isStopping()) return
    await meta.set(sealMark, box.seal('all', sealMark))
    if (mark !== undefined)
      log.info({}, 'all that is kept is sealed under the first secret key: the older one can go once no letter waits')
  }
