BEGIN TRANSACTION;
CREATE TABLE articles (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, live INTEGER NOT NULL, title TEXT, source TEXT,
    author TEXT, published TEXT, url TEXT, added_at TEXT NOT NULL, content_hash TEXT NOT NULL, origin TEXT,
    text TEXT NOT NULL
);
INSERT INTO "articles" VALUES(1,'ferry',1,'The ferry was late','Harbour Post','A. Lind','2024-03-01',NULL,'2026-11-27T22:37:02.766095+00:00','dd56ff55b86848299b46cd2621c06727f47a6f1d6203f474ddc7f5ba184b34de',NULL,'The ferry to Hven was late on Monday.

A rope had caught in its screw.');
INSERT INTO "articles" VALUES(2,'mill',1,'Fire at the mill','Harbour Post','B. Moe','2024-03-05',NULL,'2026-11-27T22:37:02.766303+00:00','8ed6f301b2eb7b1d75abde437abef9c6d9b6ac3c87b608ce385091f83276b99b',NULL,'The old mill burned down at night. Nobody was hurt.');
INSERT INTO "articles" VALUES(3,'bread',1,NULL,'Bakers'' Weekly',NULL,NULL,NULL,'2026-11-27T22:37:02.766626+00:00','2652dd99e18d656e3d290c3d980fd4536e973cd36b5d7a85e4d2a40684aef96b',NULL,'Rye bread costs forty crowns now; it was thirty in May.');
CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "manifest" VALUES('embedder','words-1');
INSERT INTO "manifest" VALUES('chunking','sentences-1');
INSERT INTO "manifest" VALUES('format','1');
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, article INTEGER NOT NULL REFERENCES articles, id TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL
);
INSERT INTO "passages" VALUES(1,1,'2ae216b56e8b27dcaf47028b',0,70);
INSERT INTO "passages" VALUES(2,2,'8239b6c4ed49f10662a57000',0,51);
INSERT INTO "passages" VALUES(3,3,'071759efbfb110e30576037f',0,55);
CREATE TABLE tombstones (kind TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (kind, number));
CREATE UNIQUE INDEX articles_id ON articles (id, live);
CREATE INDEX articles_pending ON articles (live) WHERE live = 0;
CREATE INDEX articles_origin ON articles (origin) WHERE origin IS NOT NULL;
CREATE INDEX articles_source ON articles (source, live);
CREATE INDEX articles_author ON articles (author, live);
CREATE INDEX articles_published ON articles (published, live);
CREATE INDEX passages_article ON passages (article);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('articles',3);
INSERT INTO "sqlite_sequence" VALUES('passages',3);
COMMIT;
