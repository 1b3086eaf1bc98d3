/**
 * Secrets at rest (security §8): AES-256-GCM under a key from outside the database. The first key seals, every key
 * opens, so that a key is rotated by putting a new one first. What is sealed is bound to its context (which record,
 * which field): moved to another place it does not open.
 */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes } from 'node:crypto'

export const createSecretBox = (keys: readonly Uint8Array[]) => {
  if (keys.length === 0) throw new RangeError('a secret box needs a key')
  const drawers = keys.map(openDrawer)
  const first = drawers[0]!
  const byId = new Map(drawers.map((drawer) => [drawer.id, drawer]))

  return {
    seal: (text: string, context: string): string => {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', first.key, nonce).setAAD(boundTo(first.id, context))
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `${first.id}.${sealed.toString('base64url')}`
    },

    /** Throws when the text was altered, sealed for another context, or under a key that is no longer there. */
    open: (sealed: string, context: string): string => {
      const [id = '', body = ''] = sealed.split('.')
      const drawer = byId.get(id)
      if (!drawer)
        throw new Error(
          'sealed under a key that is not among the secret keys: put it back into SECRET_KEYS, after the first',
        )
      const bytes = Buffer.from(body, 'base64url')
      if (bytes.length < 28) throw new Error('not a sealed text')
      const decipher = createDecipheriv('aes-256-gcm', drawer.key, bytes.subarray(0, 12), { authTagLength: 16 })
      decipher.setAAD(boundTo(id, context)).setAuthTag(bytes.subarray(-16))
      return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8')
    },

    /** True for what should be sealed again, because a newer key came first since. */
    isOutdated: (sealed: string): boolean => !sealed.startsWith(`${first.id}.`),
  }
}

export type SecretBox = ReturnType<typeof createSecretBox>

/** The key of one use, derived, so that the same secret may serve other uses without the two meeting. */
const openDrawer = (secret: Uint8Array) => {
  if (secret.length < 32) throw new RangeError('a secret key has at least 32 bytes')
  const derive = (info: string, length: number) => Buffer.from(hkdfSync('sha256', secret, '', info, length))
  // Bytes would be read anew at each use, behind an error that Node makes inside to see that they are no key object.
  const key = createSecretKey(derive('secret-box key', 32))
  return { id: derive('secret-box id', 6).toString('base64url'), key }
}

const boundTo = (id: string, context: string): Buffer => Buffer.from(`${id}.${context}`, 'utf8')
