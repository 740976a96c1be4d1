BEGIN TRANSACTION;
CREATE TABLE conversations (
    id TEXT PRIMARY KEY, user TEXT NOT NULL, title TEXT NOT NULL, updated INTEGER NOT NULL, updated_at TEXT NOT NULL
);
INSERT INTO "conversations" VALUES('7eb32ac6bd72cb4c91d8f52fd9361204','ann','When did it burn?',1,'2026-11-28T10:54:04.623519+00:00');
CREATE TABLE feedback (
    conversation TEXT NOT NULL, turn INTEGER NOT NULL, good INTEGER NOT NULL, reason TEXT NOT NULL,
    given_at TEXT NOT NULL, PRIMARY KEY (conversation, turn),
    FOREIGN KEY (conversation, turn) REFERENCES turns ON DELETE CASCADE
);
INSERT INTO "feedback" VALUES('7eb32ac6bd72cb4c91d8f52fd9361204',1,1,'Right','2026-11-28T10:54:04.626677+00:00');
CREATE TABLE forgotten (article TEXT PRIMARY KEY, at TEXT NOT NULL);
CREATE TABLE mentions (
    article TEXT NOT NULL, conversation TEXT NOT NULL, turn INTEGER NOT NULL,
    PRIMARY KEY (article, conversation, turn),
    FOREIGN KEY (conversation, turn) REFERENCES turns ON DELETE CASCADE
) WITHOUT ROWID;
INSERT INTO "mentions" VALUES('mill','7eb32ac6bd72cb4c91d8f52fd9361204',1);
CREATE TABLE turns (
    conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE, number INTEGER NOT NULL,
    question TEXT NOT NULL, standalone TEXT NOT NULL, filters TEXT NOT NULL, answer TEXT NOT NULL,
    asked_at TEXT NOT NULL, PRIMARY KEY (conversation, number)
);
INSERT INTO "turns" VALUES('7eb32ac6bd72cb4c91d8f52fd9361204',1,'When did it burn?','When did the mill burn?','{}','{"question": "When did the mill burn?", "standalone_question": "When did the mill burn?", "text": "The old mill burned down at night. [1]", "supported": true, "citations": [{"number": 1, "article_id": "mill", "quote": "The old mill burned down at night."}], "statements": [], "passages": []}','2026-11-28T10:54:04.622973+00:00');
CREATE INDEX conversations_user ON conversations (user, updated);
CREATE INDEX conversations_updated ON conversations (updated);
CREATE INDEX mentions_turn ON mentions (conversation, turn);
COMMIT;
PRAGMA user_version = 1;
