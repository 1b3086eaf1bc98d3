/** What a camera reads in a QR code that the product draws. */
import { decodeQR } from 'qr/decode.js'

/** The text in an SVG picture of black squares on white; throws where none can be read. */
export const scanned = (svg: string): string => {
  const width = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1])
  const data = new Uint8Array(width * width * 3).fill(255)
  for (const [, x, y, size] of svg.matchAll(/M(\d+),(\d+)h(\d+)v\3h-\3z/g))
    for (let row = Number(y); row < Number(y) + Number(size); row++)
      data.fill(0, (row * width + Number(x)) * 3, (row * width + Number(x) + Number(size)) * 3)
  return decodeQR({ width, height: width, data })
}
