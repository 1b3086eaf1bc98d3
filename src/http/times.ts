import { randomId } from '../lib/ids.ts'

/**
 * Times on pages. A view puts a time into a sentence as a text; where the page is done each of them becomes a `<time>`
 * that says its instant, so that `page.js` can write it in the reader's own zone (U19). What marks them is random and
 * never leaves the process: no text of others makes one.
 */
export const createTimes = () => {
  const mark = `\u{E000}${randomId()}\u{E001}`
  const marked = new RegExp(`${mark}([^|]*)\\|(.*?)${mark}`, 'gs')

  return {
    /** `text` is how it is written where no script runs. */
    inText: (at: number, text: string): string => `${mark}${new Date(at).toISOString()}|${text}${mark}`,

    /**
     * The page with its times; in an attribute they stay texts. What others wrote has neither `<` nor `>` once it is
     * escaped, so that the nearest of the two before a time says whether it stands in a tag.
     */
    inPage: (html: string): string =>
      html.includes(mark)
        ? html.replace(marked, (_, at: string, text: string, place: number) =>
            html.lastIndexOf('<', place) > html.lastIndexOf('>', place)
              ? text
              : `<time datetime="${at}">${text}</time>`,
          )
        : html,
  }
}
