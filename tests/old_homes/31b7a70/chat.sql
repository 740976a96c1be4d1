BEGIN TRANSACTION;
CREATE TABLE conversations (
    id TEXT PRIMARY KEY, user TEXT NOT NULL, title TEXT NOT NULL, updated INTEGER NOT NULL, updated_at TEXT NOT NULL
);
INSERT INTO "conversations" VALUES('b3aeb8b38e7c00b3c0d7c9e2c2cfa9f1','ann','When did it burn?',1,'2026-11-27T22:36:45.881327+00:00');
CREATE TABLE feedback (
    conversation TEXT NOT NULL, turn INTEGER NOT NULL, good INTEGER NOT NULL, reason TEXT NOT NULL,
    given_at TEXT NOT NULL, PRIMARY KEY (conversation, turn),
    FOREIGN KEY (conversation, turn) REFERENCES turns ON DELETE CASCADE
);
INSERT INTO "feedback" VALUES('b3aeb8b38e7c00b3c0d7c9e2c2cfa9f1',1,1,'Right','2026-11-27T22:36:45.892759+00:00');
CREATE TABLE forgotten (article TEXT PRIMARY KEY, at TEXT NOT NULL);
CREATE TABLE mentions (
    article TEXT NOT NULL, conversation TEXT NOT NULL, turn INTEGER NOT NULL,
    PRIMARY KEY (article, conversation, turn),
    FOREIGN KEY (conversation, turn) REFERENCES turns ON DELETE CASCADE
) WITHOUT ROWID;
INSERT INTO "mentions" VALUES('mill','b3aeb8b38e7c00b3c0d7c9e2c2cfa9f1',1);
CREATE TABLE turns (
    conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE, number INTEGER NOT NULL,
    question TEXT NOT NULL, standalone TEXT NOT NULL, filters TEXT NOT NULL, answer TEXT NOT NULL,
    asked_at TEXT NOT NULL, PRIMARY KEY (conversation, number)
);
INSERT INTO "turns" VALUES('b3aeb8b38e7c00b3c0d7c9e2c2cfa9f1',1,'When did it burn?','When did the mill burn?','{}','{"question": "When did the mill burn?", "standalone_question": "When did the mill burn?", "text": "The old mill burned down at night. [1]", "supported": true, "statements": [], "citations": [{"number": 1, "article_id": "mill", "quote": "The old mill burned down at night."}], "passages": []}','2026-11-27T22:36:45.880681+00:00');
CREATE INDEX conversations_user ON conversations (user, updated);
CREATE INDEX conversations_updated ON conversations (updated);
CREATE INDEX mentions_turn ON mentions (conversation, turn);
COMMIT;
