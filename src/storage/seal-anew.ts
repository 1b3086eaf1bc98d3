import type { SecretBox } from '../lib/secret-box.ts'
import { trusted } from './schema.ts'
import type { Store } from './store.ts'

export type SealAnew = (isStopping: () => boolean) => Promise<void>

interface Sealed<Row> {
  field: keyof Row & string
  contextOf: (id: string) => string
  box: SecretBox
}

const atOnce = 200

/**
 * Seals under the first secret key whatever lies in a field of a collection under an older one, so that the older one can
 * go. Done again it changes nothing.
 */
export const createSealAnew =
  <Row extends { _id: string }>(model: Store<Row>, { field, contextOf, box }: Sealed<Row>): SealAnew =>
  async (isStopping) => {
    for (let after = ''; !isStopping(); ) {
      const found = await model.find({ _id: trusted({ $gt: after }) } as never, { sort: { _id: 1 }, limit: atOnce })
      for (const row of found) {
        const [sealed, context] = [row[field] as string | undefined, contextOf(row._id)]
        if (!sealed || !box.isOutdated(sealed)) continue
        const text = opened(box, sealed, context)
        // A key that went before this was kept count of: lost already, and nothing here brings it back.
        if (text === undefined) continue
        await model.updateOne({ _id: row._id, [field]: sealed } as never, {
          $set: { [field]: box.seal(text, context) } as never,
        })
      }
      const last = found.at(-1)
      if (!last) return
      after = last._id
    }
  }

const opened = (box: SecretBox, sealed: string, context: string): string | undefined => {
  try {
    return box.open(sealed, context)
  } catch {
    return undefined
  }
}
