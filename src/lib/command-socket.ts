/**
 * Commands beside a running server: one process owns the embedded file, so a command that finds it owned hands its work
 * over and prints the answer. Who may write to the folder of the data may command; nobody else reaches the socket.
 */
import { chmod, rm } from 'node:fs/promises'
import { createConnection, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { second } from './clock.ts'

/** Does its work with the words that follow the command's name, and answers in a sentence. */
type Command = (words: string[]) => Promise<string>

/** Characters: a thousand bounces, by what names each. */
const longest = 64 * 1024
const socketIn = (dataDir: string): string => join(dataDir, 'commands.sock')

export const listenForCommands = async (dataDir: string, commands: Record<string, Command>) => {
  const path = socketIn(dataDir)
  await rm(path, { force: true })
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    answer(socket, commands).catch(() => socket.destroy())
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  await chmod(path, 0o600)
  return {
    close: async (): Promise<void> => {
      await new Promise((resolve) => server.close(resolve))
      await rm(path, { force: true })
    },
  }
}

/** undefined: no server runs on this data. Throws what the server says when it could not do it. */
export const handOver = async (dataDir: string, name: string, words: string[] = []): Promise<string | undefined> => {
  const socket = createConnection({ path: socketIn(dataDir), allowHalfOpen: true })
  const reached = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  })
  if (!reached) return undefined
  socket.end(JSON.stringify([name, ...words]))
  const said = JSON.parse(await textOf(socket)) as { done?: string; failed?: string }
  if (said.done === undefined) throw new Error(said.failed ?? 'The running server gave no answer.')
  return said.done
}

const answer = async (socket: Socket, commands: Record<string, Command>): Promise<void> => {
  socket.setTimeout(30 * second, () => socket.destroy())
  const [name = '', ...words] = JSON.parse(await textOf(socket)) as string[]
  // The work may take as long as it takes.
  socket.setTimeout(0)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  try {
    const said = command ? { done: await command(words) } : { failed: 'The running server does not know this command.' }
    socket.end(JSON.stringify(said))
  } catch (error) {
    socket.end(JSON.stringify({ failed: (error as Error).message }))
  }
}

const textOf = async (socket: Socket): Promise<string> => {
  let text = ''
  for await (const chunk of socket) {
    text += chunk
    if (text.length > longest) throw new RangeError('too long')
  }
  return text
}
