import { createSecretBox } from '../lib/secret-box.ts'
import type { Connection } from '../storage/index.ts'
import { createKeys, publishedBefore } from './keys.ts'
import { createKeysStore } from './keys-store.ts'

export interface RotateDeps {
  connection: Connection
  secretKeys: Uint8Array[]
}

/**
 * The command of that name. Running providers notice within half a minute; `oidc.tick()` lets one notice at once.
 * Answers a sentence.
 */
export const rotateKeys = async ({ connection, secretKeys }: RotateDeps, words: string[] = []): Promise<string> => {
  const store = createKeysStore(connection)
  const keys = createKeys({ store, box: createSecretBox(secretKeys) })
  const atOnce = words.includes('--now')
  if (words.includes('--dry-run')) {
    const stands = (await store.all()).map(({ _id, signsFrom }) => `${_id}, signing from ${iso(signsFrom)}`)
    return [
      `${stands.length} keys:`,
      ...stands,
      atOnce ? 'All of them would be removed.' : 'All of them would stay.',
    ].join('\n')
  }
  await keys.rotate({ atOnce })
  const from = Math.max(...(await store.all()).map(({ signsFrom }) => signsFrom))
  return atOnce
    ? 'New keys sign from now on; the old ones are removed, and ID tokens signed with them count no more.'
    : `New keys are published; they sign from ${iso(from)} on, ${publishedBefore / 3_600_000} hours from their making.`
}

const iso = (at: number): string => new Date(at).toISOString()
