/** The thread in which passwords are judged: some take a tenth of a second, which nobody else is to wait for. */
import { parentPort } from 'node:worker_threads'
import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary as common } from '@zxcvbn-ts/language-common'
import { dictionary as english, translations } from '@zxcvbn-ts/language-en'

export interface Question {
  id: number
  password: string
  /** What is known of the person. */
  personal: string[]
}

export interface Judgement {
  id: number
  /** Of five: 0–4. */
  score: number
  /** By name; empty when there is nothing to say. */
  advice: string
}

const named = (texts: object) => Object.fromEntries(Object.keys(texts).map((name) => [name, name]))
const checker = new ZxcvbnFactory({
  dictionary: { ...common, ...english },
  graphs: adjacencyGraphs,
  // Advice as its name: the words are ours, in the person's language.
  translations: {
    warnings: named(translations.warnings),
    suggestions: named(translations.suggestions),
    timeEstimation: translations.timeEstimation,
  } as never,
})

parentPort?.on('message', ({ id, password, personal }: Question) => {
  const { score, feedback } = checker.check(password, personal)
  const judgement: Judgement = { id, score, advice: feedback.warning || feedback.suggestions[0] || '' }
  parentPort?.postMessage(judgement)
})
