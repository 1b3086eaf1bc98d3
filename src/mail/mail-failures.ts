/**
 * Whom a letter that was not taken speaks against.
 * - recipient: the mailbox is not there. Final (RFC 5321 §4.2.1), and nothing else is.
 * - letter: this one was put off or refused, and the server took our word until then; it waits by itself.
 * - server: us, our sender, our login, or the way there (RFC 4954 §6); every letter waits until that is mended.
 * - silent: nothing was heard in time, of the server or only of this one mailbox's.
 */
export interface MailFailure {
  against: 'recipient' | 'letter' | 'server' | 'silent'
  /** For the log and the metrics; one of few words. */
  why: 'recipient' | 'deferred' | 'policy' | 'content' | 'login' | 'sender' | 'busy' | 'connection' | 'unwritten'
}

interface TransportError {
  message?: string
  /** The library's: where it stopped. */
  code?: string
  command?: string
  responseCode?: number
  response?: string
}

/** RFC 3463 §3.2, §3.3, RFC 7505: no such mailbox, no such system, no such name, moved away, no mail there; disabled. */
const noMailbox = /^5\d\d[ -]5\.(1\.([12346]|10)|2\.1)\b/
const hasEnhancedCode = /^5\d\d[ -]5\.\d{1,3}\.\d{1,3}\b/
/** RFC 5321 §4.2.2, RFC 7504: what a server says of a mailbox when it says no more. */
const ofMailbox = [550, 551, 553, 556]
/** Servers that put off what they have against the client or the sender until the recipient is named (RFC 5321 §3.3). */
const againstUs = /relay|authenticat|sender|client|helo|rcpthosts|block|spam|policy|reputation|permitted|\bIP\b/i
/** A connection that was there and broke off, or fell silent. */
const silent = ['ETIMEDOUT', 'ECONNECTION', 'EABORT']

export const mailFailure = (error: unknown): MailFailure => {
  const { message = '', code = '', command = '', responseCode = 0 } = error as TransportError
  if (/^AUTH\b/.test(command) || ['EAUTH', 'ENOAUTH', 'EOAUTH2'].includes(code)) return server('login')
  if (responseCode === 421) return server('busy')
  // An address that no letter can carry; a sender that none can is our own setting.
  if (code === 'EENVELOPE' && command === 'API') return /recipient/i.test(message) ? recipient : server('sender')
  if (command === 'RCPT TO') return ofRecipient(error as TransportError)
  if (command === 'MAIL FROM' && responseCode > 0) return server(responseCode < 500 ? 'busy' : 'sender')
  if (code === 'EMESSAGE' || command === 'DATA')
    return letter(responseCode >= 400 && responseCode < 500 ? 'deferred' : 'content')
  if (silent.includes(code)) return { against: 'silent', why: 'connection' }
  return code === '' ? letter('unwritten') : server('connection')
}

const ofRecipient = ({ responseCode = 0, response = '' }: TransportError): MailFailure => {
  if (responseCode < 500) return letter('deferred')
  if ([530, 535, 538].includes(responseCode)) return server('login')
  if (hasEnhancedCode.test(response)) return noMailbox.test(response) ? recipient : letter('policy')
  return ofMailbox.includes(responseCode) && !againstUs.test(response) ? recipient : letter('policy')
}

const recipient: MailFailure = { against: 'recipient', why: 'recipient' }
const letter = (why: MailFailure['why']): MailFailure => ({ against: 'letter', why })
const server = (why: MailFailure['why']): MailFailure => ({ against: 'server', why })
