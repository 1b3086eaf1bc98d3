/** The rules that `npm run mutate` spoils, as each room, and the demonstration, lists them in its `mutations.yaml`. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { z } from 'zod'

const line = z
  .strictObject({
    /** Within the folder of the list. */
    file: z.string(),
    /** Stands exactly once in the file. */
    replace: z.string().min(1),
    with: z.string(),
    /** A test file from the root, and the titles in it that are run. */
    test: z.string().optional(),
    grep: z.string().optional(),
    /** Why nothing changes that can be seen. */
    equivalent: z.string().min(10).optional(),
  })
  .refine(({ test, equivalent }) => (test === undefined) !== (equivalent === undefined), {
    error: 'names a test that must fail, or says why nothing can be seen',
  })

export type Mutation = z.infer<typeof line> & {
  /** From the root: `src/links`. */
  folder: string
}

/** Every line of every list below `root`. Throws at the first list that is not of this form. */
export const readMutations = (root: string): Mutation[] =>
  globSync('{src,scripts}/**/mutations.yaml', { cwd: root })
    .sort()
    .flatMap((path) => {
      const folder = path.slice(0, -'/mutations.yaml'.length)
      const read = z.array(line).safeParse(load(readFileSync(join(root, path), 'utf8')))
      if (!read.success) throw new Error(`${path}: ${z.prettifyError(read.error)}`)
      return read.data.map((each) => ({ ...each, folder }))
    })

/** The file's text with the rule spoiled. Throws where what is replaced does not stand there exactly once. */
export const spoil = ({ folder, file, replace, with: spoiled }: Mutation, text: string): string => {
  const parts = text.split(replace)
  if (parts.length !== 2)
    throw new Error(`${folder}/mutations.yaml: "${replace}" stands ${parts.length - 1} times in ${file}, not once`)
  return parts.join(spoiled)
}
