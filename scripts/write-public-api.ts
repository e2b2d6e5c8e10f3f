import { join } from 'node:path';
import { readGraph } from '../test/architecture/module-graph';
import { PUBLIC_API_FILE, publicApi } from '../test/architecture/public-api';
import { writeGenerated } from './write-generated';

const ROOT = join(__dirname, '..');

/** Writes the names that the package exports; with `--check` it only says whether they are current. */
writeGenerated(join(ROOT, PUBLIC_API_FILE), publicApi(readGraph(ROOT, ['src', 'migrations'])));
