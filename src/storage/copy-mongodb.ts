import type { mongo } from 'mongoose'
import type { BackupWriter } from './embedded/index.ts'

type Reader = Parameters<mongo.MongoClient['startSession']>[0]

/** Since what is read is not of one moment, in this order (docs/operations.md, "What a backup of MongoDB holds"). */
const first = ['credentials', 'accounts', 'people', 'credentials', 'auditHeads', 'audit']

/**
 * Copies every document: of one moment where the server reads so (a replica set's snapshot), else collection after
 * collection in an order from which the restore makes a whole. Answers which it was.
 */
export const copyMongodb = async (
  { db, client }: { db: mongo.Db; client: mongo.MongoClient },
  writer: Pick<BackupWriter, 'putDocument'>,
  isLeftOut: (collection: string) => boolean,
): Promise<'one moment' | 'in order'> => {
  const names = (await db.listCollections().toArray())
    .map(({ name }) => name)
    .filter((name) => !isLeftOut(name) && !name.startsWith('system.'))
  const order = [
    ...first.filter((name) => names.includes(name)),
    ...names.filter((name) => !first.includes(name)).sort(),
  ]

  const session = client.startSession({ snapshot: true } satisfies Reader)
  try {
    if (await readsOneMoment(db, session)) {
      for (const name of new Set(order)) await copyOne(db, writer, name, { session })
      return 'one moment'
    }
  } finally {
    await session.endSession()
  }
  for (const name of order) await copyOne(db, writer, name)
  return 'in order'
}

/** Only what a snapshot read itself answers tells whether the server has them. */
const readsOneMoment = async (db: mongo.Db, session: object): Promise<boolean> => {
  // What is no replica set may not even know the question.
  const hello = await db.command({ hello: 1 }).catch(() => undefined)
  if (!hello?.setName && hello?.msg !== 'isdbgrid') return false
  return db
    .collection('meta')
    .findOne({ _id: 'format' as never }, { session: session as never })
    .then(
      () => true,
      () => false,
    )
}

const copyOne = async (
  db: mongo.Db,
  writer: Pick<BackupWriter, 'putDocument'>,
  name: string,
  options: object = {},
): Promise<void> => {
  const documents = db.collection(name).find({}, { sort: { _id: 1 }, ...options })
  for await (const document of documents) writer.putDocument(name, document)
}
