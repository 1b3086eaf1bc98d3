import type { Connection } from './connection.ts'

/**
 * Of what is stored, as a whole: it rises when a version writes what the one before could not read. Data in which none is
 * written down is of the first.
 */
const format = 1
const key = { _id: 'format' as never }

/** Data of a later version is left alone: half understood, it would be half written. */
export const assertFormat = async (connection: Connection): Promise<void> => {
  const written = await connection.collection('meta').findOne(key)
  if (written && written.value !== String(format))
    throw new Error(
      `The data is of format ${written.value} and this version reads format ${format}: start the version that wrote it, or name other data by DATA_DIR or MONGODB_URI.`,
    )
}

/** Which version can read a backup. */
export const isOfThisFormat = (written: string | undefined): boolean => (written ?? String(format)) === String(format)

const restoring = { _id: 'restoring' as never }

/** While a restore is under way, and after one that was broken off, the data is nobody's to serve. */
export const assertWhole = async (connection: Connection): Promise<void> => {
  if (await connection.collection('meta').findOne(restoring))
    throw new Error(
      'A restore into this data was broken off half-way, or is under way: empty the data that DATA_DIR or MONGODB_URI names, and run npm run restore again.',
    )
}

/** The first write of a restore, and the last. */
export const beginRestoring = async (connection: Connection): Promise<void> => {
  await connection.collection('meta').updateOne(restoring, { $setOnInsert: { value: 'begun' } }, { upsert: true })
}

export const endRestoring = async (connection: Connection): Promise<void> => {
  await connection.collection('meta').deleteOne(restoring)
}

export const writeFormat = async (connection: Connection): Promise<void> => {
  await connection.collection('meta').updateOne(key, { $setOnInsert: { value: String(format) } }, { upsert: true })
}
