import { clientExemptions, type Group } from '../services/index.ts'
import { unkeptPromises } from './promises.ts'

/** What is allowed and still worth a second look, each in a sentence. */
export const notesOf = (group: Group, clientSecrets: ReadonlyMap<string, string>): string[] => [
  ...unkeptPromises(group),
  ...clientExemptions(group).map(({ client, exempt }) => `client ${client} is exempt from ${exempt} by its entry`),
  ...[...clientSecrets]
    .filter(([, secret]) => !/^[\w.~-]+$/.test(secret))
    .map(
      ([client]) =>
        `the secret of client ${client} has characters that must be form-encoded in the Authorization header, which libraries forget: write openssl rand -hex 32's answer when it is next replaced`,
    ),
]
