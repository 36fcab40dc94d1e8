BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0003');
CREATE TABLE calls (
	ref VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	command VARCHAR NOT NULL, 
	surface VARCHAR NOT NULL, 
	user_id VARCHAR NOT NULL, 
	channel VARCHAR, 
	thread_ts VARCHAR, 
	arguments JSON NOT NULL, 
	response_url TEXT, 
	state VARCHAR NOT NULL, 
	attempt INTEGER NOT NULL, 
	lease_holder VARCHAR, 
	lease_until DATETIME, 
	received_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	result JSON, 
	error TEXT, 
	PRIMARY KEY (ref), 
	UNIQUE ("key")
);
INSERT INTO "calls" VALUES('c-jftq4cmjkk','slash:110933266308.5348337717307.9bd401af645c970ca4cb6c9ac1b119bb','sandbox.create','slash','U0PT33O9JS8','C0WDB66JQKR',NULL,'{"size": "large", "purpose": "spring sale, \u00f6 & <b>", "name": "checkout"}',NULL,'done',1,NULL,NULL,'2026-11-23 09:16:17.462375','2026-11-23 09:16:17.949056','{"id": "bzd28d29", "name": "checkout", "state": "requested", "owner": "U0PT33O9JS8", "owner_name": "ada", "team": "default", "size": "large", "purpose": "spring sale, \u00f6 & <b>", "namespace": "sbx-default-checkout-7xq5", "created_at": "2026-11-23T09:16:17.903418Z", "expires_at": "2026-11-26T09:16:17.903418Z", "problem": null, "version": 1}',NULL);
INSERT INTO "calls" VALUES('c-d2raky2hyq','slash:9759206485298.1494517948554.9d0128c8c12c1628733063cc20595ce9','sandbox.create','slash','U0PT33O9JS8','C0WDB66JQKR',NULL,'{"name": "gone"}',NULL,'done',1,NULL,NULL,'2026-11-23 09:16:19.046425','2026-11-23 09:16:19.063351','{"id": "c8a6pzg4", "name": "gone", "state": "requested", "owner": "U0PT33O9JS8", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-gone-yekv", "created_at": "2026-11-23T09:16:19.053592Z", "expires_at": "2026-11-26T09:16:19.053592Z", "problem": null, "version": 1}',NULL);
INSERT INTO "calls" VALUES('c-ba3ysc2pvr','slash:7193244880904.3290490034314.3f47ce153bff779b9d72d75de54e4cd5','sandbox.delete','slash','U0PT33O9JS8','C0WDB66JQKR',NULL,'{"sandbox": "gone"}',NULL,'done',1,NULL,NULL,'2026-11-23 09:16:20.116814','2026-11-23 09:16:20.127127','{"id": "c8a6pzg4", "name": "gone", "state": "deleting", "owner": "U0PT33O9JS8", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-gone-yekv", "created_at": "2026-11-23T09:16:19.053592Z", "expires_at": "2026-11-26T09:16:19.053592Z", "problem": null, "version": 4}',NULL);
INSERT INTO "calls" VALUES('c-5jqcrf3nbw','slash:6934652697865.4036616623811.1fe069df5f30e485b9f1499391699375','sandbox.create','slash','U0PT33O9JS8','C0WDB66JQKR',NULL,'{"name": "stuck"}',NULL,'done',1,NULL,NULL,'2026-11-23 09:16:22.209784','2026-11-23 09:16:22.233131','{"id": "zuakxn2j", "name": "stuck", "state": "requested", "owner": "U0PT33O9JS8", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-stuck-eeg4", "created_at": "2026-11-23T09:16:22.223013Z", "expires_at": "2026-11-26T09:16:22.223013Z", "problem": null, "version": 1}',NULL);
INSERT INTO "calls" VALUES('c-us6xuk6r6q','slash:263000672959.9879935405935.95fd93591dea91ed92cf10d0b2f41a07','sandbox.create','slash','U0PT33O9JS8','C0WDB66JQKR',NULL,'{"name": "unsaid"}',NULL,'done',1,NULL,NULL,'2026-11-23 09:16:22.266094','2026-11-23 09:16:22.302686','{"id": "rzxs3muv", "name": "unsaid", "state": "requested", "owner": "U0PT33O9JS8", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-unsaid-4kgt", "created_at": "2026-11-23T09:16:22.289869Z", "expires_at": "2026-11-26T09:16:22.289869Z", "problem": null, "version": 1}',NULL);
INSERT INTO "calls" VALUES('c-4gzcn3hf3g','slash:6770926674555.4879687351754.27f214ec26a51b587bd442009e9da1d5','sandbox.create','slash','U04WENTHI3I','C0WDB66JQKR',NULL,'{"name": "later"}','gAAAAABrBARnxoB-6pVIdkPPn6pwBpx5ZCSV-SLQCCFV96IaOmeHOFa5yxSH9h6rhJB8kg8yl9fnF4paOcOEO7lCAQzmAi6ud9944uau7qrDo0Nld8X0ojmbtxtz5toSoufPsK8eTPlAGpevj-DJcRCsoBHi8CupR_xMUKl3lW_fZ5TuACMvO0ioiiEnMPMUrKdIcdFT3dyB','accepted',1,'replica:20460:x2weds','2026-11-23 09:16:25.839431','2026-11-23 09:16:23.291648',NULL,NULL,NULL);
CREATE TABLE direct_channels (
	user_id VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	PRIMARY KEY (user_id)
);
INSERT INTO "direct_channels" VALUES('U0PT33O9JS8','D0D8AFAHJIF');
CREATE TABLE job_runs (
	job VARCHAR NOT NULL, 
	due_at DATETIME NOT NULL, 
	holder VARCHAR NOT NULL, 
	claimed_until DATETIME NOT NULL, 
	ended_at DATETIME, 
	result VARCHAR, 
	PRIMARY KEY (job, due_at)
);
INSERT INTO "job_runs" VALUES('bot.housekeeping','2026-11-23 03:17:00.000000','replica:20460:x2weds','2026-11-23 09:17:17.431127','2026-11-23 09:16:17.431127','skipped');
CREATE TABLE leases (
	name VARCHAR NOT NULL, 
	holder VARCHAR NOT NULL, 
	token BIGINT NOT NULL, 
	expires_at DATETIME NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "leases" VALUES('outbox','replica:20460:x2weds',1,'2026-11-23 09:16:25.857036');
CREATE TABLE messages (
	id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	lane VARCHAR NOT NULL, 
	channel VARCHAR, 
	person VARCHAR, 
	fallback VARCHAR, 
	response_url TEXT, 
	response_expires_at DATETIME, 
	response_uses INTEGER NOT NULL, 
	parent_key VARCHAR, 
	thread_ts VARCHAR, 
	priority INTEGER NOT NULL, 
	"view" VARCHAR, 
	object_id VARCHAR, 
	body TEXT, 
	file_name VARCHAR, 
	file_title VARCHAR, 
	file_data BLOB, 
	file_id VARCHAR, 
	removed BOOLEAN NOT NULL, 
	wanted BIGINT NOT NULL, 
	shown BIGINT NOT NULL, 
	shown_hash VARCHAR, 
	shown_in VARCHAR, 
	ts VARCHAR, 
	state VARCHAR NOT NULL, 
	due_at DATETIME, 
	queued_at DATETIME NOT NULL, 
	claim BIGINT, 
	claimed_at DATETIME, 
	unsure_since DATETIME, 
	attempts INTEGER NOT NULL, 
	last_error TEXT, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE ("key")
);
INSERT INTO "messages" VALUES(1,'sandbox:bzd28d29:card','channel:C0WDB66JQKR','C0WDB66JQKR',NULL,'U0PT33O9JS8',NULL,NULL,0,NULL,NULL,1,'sandbox.card','bzd28d29',NULL,NULL,NULL,NULL,NULL,0,3,3,'f05380188c420ecc1d0ab5e0aa092f68','C0WDB66JQKR','1795425378.003567','shown',NULL,'2026-11-23 09:16:17.933785',NULL,NULL,NULL,0,NULL,'2026-11-23 09:16:17.933785','2026-11-23 09:16:19.029392');
INSERT INTO "messages" VALUES(2,'call:c-jftq4cmjkk:answer','response:call:c-jftq4cmjkk:answer',NULL,'U0PT33O9JS8',NULL,NULL,'2026-11-23 09:46:17.462375',1,NULL,NULL,1,NULL,NULL,'{"text":"Setting up *checkout*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *checkout*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}',NULL,NULL,NULL,NULL,0,1,1,NULL,NULL,NULL,'shown',NULL,'2026-11-23 09:16:18.015956',NULL,NULL,NULL,0,NULL,'2026-11-23 09:16:18.015956','2026-11-23 09:16:18.282104');
INSERT INTO "messages" VALUES(3,'sandbox:c8a6pzg4:card','channel:C0WDB66JQKR','C0WDB66JQKR',NULL,'U0PT33O9JS8',NULL,NULL,0,NULL,NULL,3,'sandbox.card','c8a6pzg4',NULL,NULL,NULL,NULL,NULL,0,5,5,'22955b33dc2597c6e8ef4085e08cd9ef','C0WDB66JQKR','1795425379.087487','shown',NULL,'2026-11-23 09:16:22.174831',NULL,NULL,NULL,0,NULL,'2026-11-23 09:16:19.060798','2026-11-23 09:16:22.204214');
INSERT INTO "messages" VALUES(4,'call:c-d2raky2hyq:answer','response:call:c-d2raky2hyq:answer',NULL,'U0PT33O9JS8',NULL,NULL,'2026-11-23 09:46:19.046425',1,NULL,NULL,1,NULL,NULL,'{"text":"Setting up *gone*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *gone*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}',NULL,NULL,NULL,NULL,0,1,1,NULL,NULL,NULL,'shown',NULL,'2026-11-23 09:16:19.073854',NULL,NULL,NULL,0,NULL,'2026-11-23 09:16:19.073854','2026-11-23 09:16:19.110110');
INSERT INTO "messages" VALUES(5,'call:c-ba3ysc2pvr:answer','response:call:c-ba3ysc2pvr:answer',NULL,'U0PT33O9JS8',NULL,NULL,'2026-11-23 09:46:20.116814',1,NULL,NULL,1,NULL,NULL,'{"text":"Deleting *gone* and everything in it.","blocks":[{"text":{"text":":wastebasket: Deleting *gone* and everything in it.","type":"mrkdwn"},"type":"section"}]}',NULL,NULL,NULL,NULL,0,1,1,NULL,NULL,NULL,'shown',NULL,'2026-11-23 09:16:20.146693',NULL,NULL,NULL,0,NULL,'2026-11-23 09:16:20.146693','2026-11-23 09:16:20.173165');
INSERT INTO "messages" VALUES(6,'hello','person:U0PT33O9JS8',NULL,'U0PT33O9JS8',NULL,NULL,NULL,0,NULL,NULL,1,NULL,NULL,'{"text":"hello"}',NULL,NULL,NULL,NULL,0,1,1,'cbbbdcd27692344de5dbab3abcaba413','D0D8AFAHJIF','1795425382.237243','shown',NULL,'2026-11-23 09:16:22.207173',NULL,NULL,NULL,0,NULL,'2026-11-23 09:16:22.207173','2026-11-23 09:16:22.284972');
INSERT INTO "messages" VALUES(7,'sandbox:zuakxn2j:card','channel:C0WDB66JQKR','C0WDB66JQKR',NULL,'U0PT33O9JS8',NULL,NULL,0,NULL,NULL,1,'sandbox.card','zuakxn2j',NULL,NULL,NULL,NULL,NULL,0,3,1,'23e938662c1591187dcf41a0c2e32f45','C0WDB66JQKR','1795425382.264041','waiting','2026-11-23 09:16:26.475592','2026-11-23 09:16:22.230412',NULL,NULL,NULL,2,'chat.update: HTTP 500 instead of an answer','2026-11-23 09:16:22.230412','2026-11-23 09:16:24.423512');
INSERT INTO "messages" VALUES(8,'call:c-5jqcrf3nbw:answer','response:call:c-5jqcrf3nbw:answer',NULL,'U0PT33O9JS8',NULL,NULL,'2026-11-23 09:46:22.209784',1,NULL,NULL,1,NULL,NULL,'{"text":"Setting up *stuck*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *stuck*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}',NULL,NULL,NULL,NULL,0,1,1,NULL,NULL,NULL,'shown',NULL,'2026-11-23 09:16:22.243287',NULL,NULL,NULL,0,NULL,'2026-11-23 09:16:22.243287','2026-11-23 09:16:22.311067');
INSERT INTO "messages" VALUES(9,'sandbox:rzxs3muv:card','channel:C0WDB66JQKR','C0WDB66JQKR',NULL,'U0PT33O9JS8',NULL,NULL,0,NULL,NULL,1,'sandbox.card','rzxs3muv',NULL,NULL,NULL,NULL,NULL,0,3,0,NULL,NULL,NULL,'waiting','2026-11-23 09:16:26.567900','2026-11-23 09:16:22.299811',NULL,NULL,'2026-11-23 09:16:23.299636',2,'chat.postMessage: HTTP 500 instead of an answer','2026-11-23 09:16:22.299811','2026-11-23 09:16:24.448345');
INSERT INTO "messages" VALUES(10,'call:c-us6xuk6r6q:answer','response:call:c-us6xuk6r6q:answer',NULL,'U0PT33O9JS8',NULL,NULL,'2026-11-23 09:46:22.266094',1,NULL,NULL,1,NULL,NULL,'{"text":"Setting up *unsaid*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *unsaid*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}',NULL,NULL,NULL,NULL,0,1,1,NULL,NULL,NULL,'shown',NULL,'2026-11-23 09:16:22.319721',NULL,NULL,NULL,0,NULL,'2026-11-23 09:16:22.319721','2026-11-23 09:16:22.342716');
CREATE TABLE people (
	user_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	zone VARCHAR NOT NULL, 
	full_member BOOLEAN NOT NULL, 
	learnt_at DATETIME NOT NULL, 
	PRIMARY KEY (user_id)
);
INSERT INTO "people" VALUES('U0PT33O9JS8','ada','Europe/Berlin',1,'2026-11-23 09:16:17.815293');
CREATE TABLE sandboxes (
	id VARCHAR NOT NULL, 
	request_ref VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	owner VARCHAR NOT NULL, 
	owner_name VARCHAR NOT NULL, 
	team VARCHAR NOT NULL, 
	size VARCHAR NOT NULL, 
	purpose TEXT NOT NULL, 
	namespace VARCHAR NOT NULL, 
	namespace_uid VARCHAR, 
	state VARCHAR NOT NULL, 
	wanted BOOLEAN NOT NULL, 
	version INTEGER NOT NULL, 
	problem TEXT, 
	failures INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	unwanted_at DATETIME, 
	look_at DATETIME, 
	claimed_until DATETIME, 
	PRIMARY KEY (id), 
	UNIQUE (request_ref), 
	UNIQUE (namespace)
);
INSERT INTO "sandboxes" VALUES('bzd28d29','c-jftq4cmjkk','checkout','U0PT33O9JS8','ada','default','large','spring sale, ö & <b>','sbx-default-checkout-7xq5','a73d1bf1-1217-4961-bb83-0891bad4a385','ready',1,3,NULL,0,'2026-11-23 09:16:17.903418','2026-11-26 09:16:17.903418',NULL,'2026-11-23 09:26:18.286417',NULL);
INSERT INTO "sandboxes" VALUES('c8a6pzg4','c-d2raky2hyq','gone','U0PT33O9JS8','ada','default','small','','sbx-default-gone-yekv','018d9992-22c1-44c8-b7b1-f648f6f1aaf9','deleted',0,6,NULL,0,'2026-11-23 09:16:19.053592','2026-11-26 09:16:19.053592','2026-11-23 09:16:20.120458',NULL,NULL);
INSERT INTO "sandboxes" VALUES('zuakxn2j','c-5jqcrf3nbw','stuck','U0PT33O9JS8','ada','default','small','','sbx-default-stuck-eeg4',NULL,'provisioning',1,4,'The cluster is not available right now; I keep trying.',2,'2026-11-23 09:16:22.223013','2026-11-26 09:16:22.223013',NULL,'2026-11-23 09:16:28.381197',NULL);
INSERT INTO "sandboxes" VALUES('rzxs3muv','c-us6xuk6r6q','unsaid','U0PT33O9JS8','ada','default','small','','sbx-default-unsaid-4kgt',NULL,'provisioning',1,4,'The cluster is not available right now; I keep trying.',2,'2026-11-23 09:16:22.289869','2026-11-26 09:16:22.289869',NULL,'2026-11-23 09:16:28.381970',NULL);
CREATE INDEX ix_messages_due ON messages (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX ix_messages_claimed ON messages (claim) WHERE claim IS NOT NULL;
CREATE INDEX ix_messages_parent_key ON messages (parent_key) WHERE parent_key IS NOT NULL;
CREATE INDEX ix_messages_updated_at ON messages (updated_at);
CREATE INDEX ix_messages_ts ON messages (ts) WHERE ts IS NOT NULL;
CREATE INDEX ix_calls_live ON calls (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX ix_calls_received_at ON calls (received_at);
CREATE INDEX ix_sandboxes_owner ON sandboxes (owner);
CREATE INDEX ix_sandboxes_look_at ON sandboxes (look_at);
CREATE UNIQUE INDEX uq_sandboxes_team_name ON sandboxes (team, name) WHERE wanted;
COMMIT;
