/** Reads an archive as any program does: by its central directory. */
import assert from 'node:assert/strict'
import { crc32, inflateRawSync } from 'node:zlib'

export const filesIn = (zip: Buffer): Map<string, Buffer> => {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  assert.ok(end >= 0, 'the archive has no end')
  const files = new Map<string, Buffer>()
  let at = zip.readUInt32LE(end + 16)
  for (let n = zip.readUInt16LE(end + 10); n > 0; n -= 1) {
    assert.equal(zip.readUInt16LE(at + 10), 8, 'compressed')
    const [crc, from] = [zip.readUInt32LE(at + 16), zip.readUInt32LE(at + 42)]
    const [packed, length] = [zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 24)]
    const name = zip.readUInt16LE(at + 28)
    const start = from + 30 + zip.readUInt16LE(from + 26) + zip.readUInt16LE(from + 28)
    const content = inflateRawSync(zip.subarray(start, start + packed))
    assert.equal(content.length, length)
    assert.equal(crc32(content), crc)
    files.set(zip.toString('utf8', at + 46, at + 46 + name), content)
    at += 46 + name + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  return files
}
