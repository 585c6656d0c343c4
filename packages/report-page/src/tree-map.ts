/** Where the time of evaluations went: the larger a module, the longer it took by itself. */
import { type HierarchyRectangularNode, hierarchy, treemap, treemapSquarify } from 'd3-hierarchy'
import type { ModuleReport } from '../../shared/src/report/schema.ts'
import { colorOf, count, duration } from './elements.ts'
import { type Part, type Picture, picture, sized } from './picture.ts'

interface Folder {
  readonly name: string
  readonly folders: Map<string, Folder>
  readonly modules: ModuleReport[]
}

type Entry = Folder | ModuleReport
type Node = HierarchyRectangularNode<Entry>

const HEIGHT = 420

export function treeMap(modules: readonly ModuleReport[], open: (module: ModuleReport) => void): Picture {
  const root = foldersOf(modules.filter(({ selfMs }) => selfMs > 0))
  return picture({
    label: 'Time of evaluations by module',
    draw(canvas, width) {
      const context = sized(canvas, width, HEIGHT)
      const tree = hierarchy<Entry>(root, (entry) =>
        'folders' in entry ? [...entry.folders.values(), ...entry.modules] : [],
      )
        .sum((entry) => ('selfMs' in entry ? entry.selfMs : 0))
        .sort((one, other) => (other.value ?? 0) - (one.value ?? 0))
      const laidOut = treemap<Entry>()
        .tile(treemapSquarify)
        .size([width, HEIGHT])
        .paddingInner(1)
        .round(true)(tree)
      const leaves = laidOut.leaves().filter(isModule)
      const colors = { ...FILLS, text: colorOf('--tile-text') }
      for (const [name, variable] of Object.entries(FILLS))
        colors[name as keyof typeof FILLS] = colorOf(variable)
      context.font = '12px system-ui, sans-serif'
      for (const { x0, y0, x1, y1, data } of leaves) {
        context.fillStyle = colors[kindOf(data)]
        context.fillRect(x0, y0, x1 - x0, y1 - y0)
        if (x1 - x0 < 40 || y1 - y0 < 18) continue
        context.save()
        context.beginPath()
        context.rect(x0, y0, x1 - x0 - 2, y1 - y0)
        context.clip()
        context.fillStyle = colors.text
        context.fillText(nameOf(data), x0 + 4, y0 + 14)
        context.restore()
      }
      const parts = leaves.map(
        ({ x0, y0, x1, y1, data }): Part => ({
          x: x0,
          y: y0,
          width: x1 - x0,
          height: y1 - y0,
          text: `${data.path}: ${duration(data.selfMs)} in ${count(data.evaluations, 'evaluation')}, ${KINDS[kindOf(data)]}`,
          open: () => open(data),
        }),
      )
      // The greatest first, as the keyboard visits them.
      return { height: HEIGHT, parts: parts.sort((one, other) => areaOf(other) - areaOf(one)) }
    },
  })
}

const FILLS = {
  state: '--state',
  effects: '--effects',
  none: '--none',
  package: '--package',
  unknown: '--unknown',
}

/** What the colors mean. */
export const KINDS = {
  state: 'holds state',
  effects: 'changes what is not its own',
  none: 'holds no state',
  package: 'of a package',
  unknown: 'not judged',
}

function kindOf({ package: pkg, verdict }: ModuleReport): keyof typeof FILLS {
  return pkg === undefined ? verdict : 'package'
}

function isModule(node: Node): node is HierarchyRectangularNode<ModuleReport> & Node {
  return 'selfMs' in node.data
}

function areaOf({ width, height }: Part): number {
  return width * height
}

function nameOf({ path, package: pkg }: ModuleReport): string {
  return pkg ?? path.slice(path.lastIndexOf('/') + 1)
}

/** By folder; what is installed by package. */
function foldersOf(modules: readonly ModuleReport[]): Folder {
  const root: Folder = { name: '', folders: new Map(), modules: [] }
  for (const module of modules) {
    let folder = root
    const names = module.package ? ['node_modules', module.package] : module.path.split('/').slice(0, -1)
    for (const name of names) {
      const next: Folder = folder.folders.get(name) ?? { name, folders: new Map(), modules: [] }
      folder.folders.set(name, next)
      folder = next
    }
    folder.modules.push(module)
  }
  return root
}
