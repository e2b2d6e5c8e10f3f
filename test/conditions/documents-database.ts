import { DataSource, type Repository } from 'typeorm';
import { cloneDatabase } from '../support/database';
import {
  CREATE_DOCUMENTS,
  DocumentEntity,
  INSERT_DOCUMENTS,
  type DocumentRow,
} from './document.entity';

/** A database of one suite's own with the table of documents. */
export interface DocumentsDatabase {
  readonly dataSource: DataSource;
  readonly documents: Repository<DocumentEntity>;
  /** Replaces every row. */
  fill(rows: readonly DocumentRow[]): Promise<void>;
  close(): Promise<void>;
}

export async function openDocuments(
  entities: readonly (new () => object)[] = [],
): Promise<DocumentsDatabase> {
  const clone = await cloneDatabase();
  const dataSource = await new DataSource({
    type: 'postgres',
    url: clone.url,
    entities: [DocumentEntity, ...entities],
    uuidExtension: 'pgcrypto',
    installExtensions: false,
  }).initialize();
  await dataSource.query(CREATE_DOCUMENTS);
  return {
    dataSource,
    documents: dataSource.getRepository(DocumentEntity),
    fill: async (rows) => {
      await dataSource.query('TRUNCATE "condition documents"');
      const numbered = rows.map((row, index) => ({ ...row, 'document id': index + 1 }));
      await dataSource.query(INSERT_DOCUMENTS, [JSON.stringify(numbered)]);
    },
    close: async () => {
      await dataSource.destroy();
      await clone.drop();
    },
  };
}
