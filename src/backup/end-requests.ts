import { now } from '../lib/clock.ts'
import { type Intake, type RequestPart, requestAfterRestore } from '../rights-requests/index.ts'
import { type Connection, prefix } from '../storage/index.ts'
import { all } from './all.ts'
import type { Fences } from './fences.ts'

/** What is over is asked of no desk again, and what was destroyed is read by nobody; also of what had not reached its company. */
export const endRequests = async (connection: Connection, fences: Fences): Promise<void> => {
  const [parts, intakes] = [connection.collection('requestParts'), connection.collection('requestIntakes')]
  for await (const part of all<RequestPart>(connection, 'requestParts')) {
    const of = fences.ofRequest(part._id)
    const set = requestAfterRestore(part, of)
    const unset = set?.ended && { $unset: { open: '', proofAskedAt: '' } }
    if (set) await parts.updateOne({ _id: part._id as never }, { $set: set, ...unset, $inc: { rev: 1 } })
    if (!of.some(({ gone }) => gone)) continue
    await connection.collection('auditKeys').deleteOne({ _id: part._id as never })
    await connection.collection('requestFiles').deleteMany(prefix(`${part._id}:`) as never)
  }
  for await (const { _id, parts: waiting } of all<Intake>(connection, 'requestIntakes')) {
    const left = waiting.filter((part) => !requestAfterRestore(part, fences.ofRequest(part._id)))
    if (left.length < waiting.length) await intakes.updateOne({ _id: _id as never }, { $set: { parts: left } })
  }
}

/** A case may have been closed since, by whoever it is about: whoever still has the question opens another. */
export const closeCases = async (connection: Connection): Promise<void> => {
  await connection
    .collection('cases')
    .updateMany({ closedAt: { $exists: false } }, { $set: { closedAt: now() }, $inc: { rev: 1 } })
}
