/** The functions of source files and their lengths, as the compiler reads them. */
import {
  isArrowFunction,
  isCallExpression,
  isConstructorDeclaration,
  isFunctionDeclaration,
  isFunctionExpression,
  isGetAccessorDeclaration,
  isIdentifier,
  isMethodDeclaration,
  isVariableDeclaration,
  type Node,
  type SourceFile,
} from 'typescript/unstable/ast'
import { API } from 'typescript/unstable/sync'

/** One that stands in no other, or in another one. */
export interface FoundFunction {
  file: string
  name: string
  isInner: boolean
  /** From its first line to its last. */
  lines: number
  /** Those that are in no function inside it, and in no `row` of a table. */
  ownLines: number
}

export const functionsOf = (tsconfig: string, files: readonly { name: string; path: string }[]): FoundFunction[] => {
  const api = new API()
  try {
    const [project] = api.updateSnapshot({ openProjects: [tsconfig] }).getProjects()
    return files.flatMap(({ name, path }) => {
      const source = project?.program.getSourceFile(path)
      if (!source) throw new Error(`${path} is not of this project`)
      return functionsIn(name, source)
    })
  } finally {
    api.close()
  }
}

const functionsIn = (file: string, source: SourceFile): FoundFunction[] => {
  const lineOf = lineNumbers(source.text)
  const linesOf = (node: Node) => lineOf(node.end) - lineOf(node.getStart(source)) + 1
  const linesInside = (node: Node): number =>
    childrenOf(node).reduce((sum, child) => sum + (isApart(child) ? linesOf(child) : linesInside(child)), 0)
  const within = (node: Node, isInner: boolean): FoundFunction[] => {
    const inside = childrenOf(node).flatMap((child) => within(child, isInner || isFunction(node)))
    if (!isFunction(node)) return inside
    const lines = linesOf(node)
    return [{ file, name: nameOf(node), isInner, lines, ownLines: lines - linesInside(node) }, ...inside]
  }
  return within(source, false)
}

const isFunction = (node: Node): boolean =>
  isArrowFunction(node) ||
  isFunctionDeclaration(node) ||
  isFunctionExpression(node) ||
  isMethodDeclaration(node) ||
  isConstructorDeclaration(node) ||
  isGetAccessorDeclaration(node)

const isApart = (node: Node): boolean =>
  isFunction(node) || (isCallExpression(node) && isIdentifier(node.expression) && node.expression.text === 'row')

const childrenOf = (node: Node): Node[] => {
  const children: Node[] = []
  node.forEachChild((child) => void children.push(child))
  return children
}

const nameOf = (node: Node): string => {
  const named = isVariableDeclaration(node.parent) ? node.parent : node
  const { name } = named as { name?: Node }
  return name && isIdentifier(name) ? name.text : ''
}

/** 1 for the first line. */
const lineNumbers = (text: string) => {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  return (position: number): number => starts.findLastIndex((start) => start <= position) + 1
}
