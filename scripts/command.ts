/**
 * A command beside a running server: where one process owns the embedded file, it does the work; else the database is
 * opened for it. Prints the answer, or what went wrong and ends with 1.
 */
import { type Config, loadConfig } from '../src/config/index.ts'
import { handOver } from '../src/lib/command-socket.ts'
import { type Database, openDatabase } from '../src/storage/index.ts'

export interface Command {
  name: string
  /** What is asked, checked before anything is opened. */
  words: (config: Config) => string[] | Promise<string[]>
  /** The work where no server runs. */
  alone: (database: Database, config: Config, words: string[]) => Promise<string>
  /** Opens what is left where acknowledged changes are lost. */
  acceptLoss?: boolean | undefined
  /** What this process does once the work is done, whoever did it; its answer is printed. */
  finish?: (words: string[]) => Promise<string>
}

export const runCommand = (command: Command): void => {
  answerTo(command).then(console.log, (error: unknown) => {
    console.error((error as Error).message)
    process.exitCode = 1
  })
}

const answerTo = async ({ name, words, alone, acceptLoss, finish }: Command): Promise<string> => {
  const config = loadConfig()
  const asked = await words(config)
  const said = await done({ name, alone, acceptLoss }, config, asked)
  return finish ? finish(asked) : said
}

const done = async (
  { name, alone, acceptLoss = false }: Pick<Command, 'name' | 'alone' | 'acceptLoss'>,
  config: Config,
  asked: string[],
) => {
  const running = config.mongodbUri ? undefined : await handOver(config.dataDir, name, asked)
  if (running !== undefined) return running
  const database = await openDatabase({ ...config, acceptLoss })
  try {
    return await alone(database, config, asked)
  } finally {
    await database.close()
  }
}
