import type { Localized, PolicyVersion } from '../companies/index.ts'
import type { Group } from '../services/index.ts'

/** A time after which something is said to be done. */
const time = /\b(\d+|a|an|one|en|ett)[ -](months?|years?|månad(er)?|år)\b|\d+ ?(か月|ヶ月|年)/iu
const isErased = /eras|delet|remov|radera|tas bort|消去|削除|told|veta|お知らせ/iu

const sentencesOf = (text: Localized | undefined): string[] =>
  Object.values(text ?? {}).flatMap((said) => said.split(/(?<=[.。;；])\s*/u))

const inForce = ({ policy }: { policy: readonly PolicyVersion[] }): string[] => sentencesOf(policy[0]?.text)

/**
 * What texts in force promise and the product does not do by itself (O11): an account that nobody uses is not erased by
 * time, nobody is told of that before, and what the operator records of a sign-in lasts as long as it. A sentence each, of
 * the first found in each text. What a company keeps for a time beyond that is its own to say.
 */
export const unkeptPromises = ({ companies, operator }: Pick<Group, 'companies' | 'operator'>): string[] => {
  const promised = (id: string, sentences: string[], isPromise: (sentence: string) => boolean): string[] => {
    const promise = sentences.find((sentence) => time.test(sentence) && isPromise(sentence))
    return promise === undefined
      ? []
      : [
          `${id} promises what is not done by itself, an erasure by time: “${promise.trim()}” – change the text, or do it outside`,
        ]
  }
  return [
    ...promised(operator.id, inForce(operator), () => true),
    ...[...companies.values()].flatMap((company) =>
      promised(company.id, [...inForce(company), ...sentencesOf(company.retention.text)], (said) =>
        isErased.test(said),
      ),
    ),
  ]
}
