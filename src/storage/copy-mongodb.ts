import type { Connection } from 'mongoose'
import type { BackupWriter } from './embedded/index.ts'

type Reader = Parameters<ReturnType<Connection['getClient']>['startSession']>[0]

/** Since what is read is not of one moment, in this order (docs/operations.md, "What a backup of MongoDB holds"). */
const first = ['credentials', 'accounts', 'people', 'credentials', 'auditHeads', 'audit']

/**
 * Copies every document: of one moment where the server reads so (a replica set's snapshot), else collection after
 * collection in an order from which the restore makes a whole. Answers which it was.
 */
export const copyMongodb = async (
  connection: Connection,
  writer: Pick<BackupWriter, 'putDocument'>,
  isLeftOut: (collection: string) => boolean,
): Promise<'one moment' | 'in order'> => {
  const names = (await connection.listCollections())
    .map(({ name }) => name)
    .filter((name) => !isLeftOut(name) && !name.startsWith('system.'))
  const order = [
    ...first.filter((name) => names.includes(name)),
    ...names.filter((name) => !first.includes(name)).sort(),
  ]

  const session = connection.getClient().startSession({ snapshot: true } satisfies Reader)
  try {
    if (await readsOneMoment(connection, session)) {
      for (const name of new Set(order)) await copyOne(connection, writer, name, { session })
      return 'one moment'
    }
  } finally {
    await session.endSession()
  }
  for (const name of order) await copyOne(connection, writer, name)
  return 'in order'
}

/** Only what a snapshot read itself answers tells whether the server has them. */
const readsOneMoment = async (connection: Connection, session: object): Promise<boolean> => {
  // What is no replica set may not even know the question.
  const hello = await connection.db?.command({ hello: 1 }).catch(() => undefined)
  if (!hello?.setName && hello?.msg !== 'isdbgrid') return false
  return connection
    .collection('meta')
    .findOne({ _id: 'format' as never }, { session: session as never })
    .then(
      () => true,
      () => false,
    )
}

const copyOne = async (
  connection: Connection,
  writer: Pick<BackupWriter, 'putDocument'>,
  name: string,
  options: object = {},
): Promise<void> => {
  const documents = connection.collection(name).find({}, { sort: { _id: 1 }, ...options })
  for await (const document of documents) writer.putDocument(name, document)
}
