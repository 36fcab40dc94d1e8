BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
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
	error TEXT, limits TEXT, problem TEXT, 
	PRIMARY KEY (ref), 
	UNIQUE ("key")
);
INSERT INTO "calls" VALUES('c-qzeahdz56z','slash:1386037941449.954929797806.3f0387b315e6e77d9fe989891295c949','sandbox.create','slash','U0ZEI4ICKW6','C0QJUJ4AHD0',NULL,'{"size": "large", "purpose": "spring sale, \u00f6 & <b>", "name": "checkout"}',NULL,'done',1,NULL,NULL,'2026-11-23 09:02:31.051510','2026-11-23 09:02:31.200635','{"id": "uqt2c9k4", "name": "checkout", "state": "requested", "owner": "U0ZEI4ICKW6", "owner_name": "ada", "team": "default", "size": "large", "purpose": "spring sale, \u00f6 & <b>", "namespace": "sbx-default-checkout-z4y2", "created_at": "2026-11-23T09:02:31.135879Z", "expires_at": "2026-11-26T09:02:31.135879Z", "problem": null, "version": 1}',NULL,NULL,NULL);
INSERT INTO "calls" VALUES('c-r2c268xxtb','slash:3475572564056.3383346880771.76290039d388caad8ade3d218af4030d','sandbox.create','slash','U0ZEI4ICKW6','C0QJUJ4AHD0',NULL,'{"name": "gone"}',NULL,'done',1,NULL,NULL,'2026-11-23 09:02:32.321431','2026-11-23 09:02:32.406035','{"id": "mf6hxse4", "name": "gone", "state": "requested", "owner": "U0ZEI4ICKW6", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-gone-78gm", "created_at": "2026-11-23T09:02:32.367965Z", "expires_at": "2026-11-26T09:02:32.367965Z", "problem": null, "version": 1}',NULL,NULL,NULL);
INSERT INTO "calls" VALUES('c-5quhwwbv68','slash:9926118385881.3866141082134.a3f476fb31c82bdc7600217b836c7d2d','sandbox.delete','slash','U0ZEI4ICKW6','C0QJUJ4AHD0',NULL,'{"sandbox": "gone"}',NULL,'done',1,NULL,NULL,'2026-11-23 09:02:33.560277','2026-11-23 09:02:33.589880','{"id": "mf6hxse4", "name": "gone", "state": "deleting", "owner": "U0ZEI4ICKW6", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-gone-78gm", "created_at": "2026-11-23T09:02:32.367965Z", "expires_at": "2026-11-26T09:02:32.367965Z", "problem": null, "version": 4}',NULL,NULL,NULL);
INSERT INTO "calls" VALUES('c-ccwnhkj899','message:D036WNJRYXI:1795424555.727520','sandbox.create','mention','U0ZEI4ICKW6','D036WNJRYXI',NULL,'{"name": "private"}',NULL,'done',1,NULL,NULL,'2026-11-23 09:02:35.729139','2026-11-23 09:02:35.764925','{"id": "wrzc3shs", "name": "private", "state": "requested", "owner": "U0ZEI4ICKW6", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-private-97au", "created_at": "2026-11-23T09:02:35.744802Z", "expires_at": "2026-11-26T09:02:35.744802Z", "problem": null, "version": 1}',NULL,NULL,NULL);
INSERT INTO "calls" VALUES('c-9jfh35y9hy','api:U0ZEI4ICKW6:sandbox.create:fc3910b3e4cd3b2d0d8910565e5c0531b479c3e5126da2962464d5fae19ee029','sandbox.create','api','U0ZEI4ICKW6',NULL,NULL,'{"name": "scripted"}',NULL,'done',1,NULL,NULL,'2026-11-23 09:02:36.837859','2026-11-23 09:02:36.863499','{"id": "9b8u9vxd", "name": "scripted", "state": "requested", "owner": "U0ZEI4ICKW6", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-scripted-bnpj", "created_at": "2026-11-23T09:02:36.854280Z", "expires_at": "2026-11-26T09:02:36.854280Z", "problem": null, "version": 1}',NULL,'["sandbox.*"]',NULL);
INSERT INTO "calls" VALUES('c-nnfebfhn3s','slash:3521828280001.3148254092258.2d50710e4d20d2f52e0a76d7e3861d5c','sandbox.create','slash','U0ZEI4ICKW6','C0QJUJ4AHD0',NULL,'{"name": "stuck"}',NULL,'done',1,NULL,NULL,'2026-11-23 09:02:37.937075','2026-11-23 09:02:37.958125','{"id": "75tgnr2g", "name": "stuck", "state": "requested", "owner": "U0ZEI4ICKW6", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-stuck-2ndc", "created_at": "2026-11-23T09:02:37.950240Z", "expires_at": "2026-11-26T09:02:37.950240Z", "problem": null, "version": 1}',NULL,NULL,NULL);
INSERT INTO "calls" VALUES('c-zz75krefky','message:C0QJUJ4AHD0:1795424557.993745','sandbox.list','mention','U0ZEI4ICKW6','C0QJUJ4AHD0','1795424557.993745','{}',NULL,'done',1,NULL,NULL,'2026-11-23 09:02:37.996575','2026-11-23 09:02:38.022249','{"sandboxes": [{"id": "uqt2c9k4", "name": "checkout", "state": "ready", "owner": "U0ZEI4ICKW6", "owner_name": "ada", "team": "default", "size": "large", "purpose": "spring sale, \u00f6 & <b>", "namespace": "sbx-default-checkout-z4y2", "created_at": "2026-11-23T09:02:31.135879Z", "expires_at": "2026-11-26T09:02:31.135879Z", "problem": null, "version": 3}, {"id": "wrzc3shs", "name": "private", "state": "ready", "owner": "U0ZEI4ICKW6", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-private-97au", "created_at": "2026-11-23T09:02:35.744802Z", "expires_at": "2026-11-26T09:02:35.744802Z", "problem": null, "version": 3}, {"id": "9b8u9vxd", "name": "scripted", "state": "ready", "owner": "U0ZEI4ICKW6", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-scripted-bnpj", "created_at": "2026-11-23T09:02:36.854280Z", "expires_at": "2026-11-26T09:02:36.854280Z", "problem": null, "version": 3}, {"id": "75tgnr2g", "name": "stuck", "state": "provisioning", "owner": "U0ZEI4ICKW6", "owner_name": "ada", "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-stuck-2ndc", "created_at": "2026-11-23T09:02:37.950240Z", "expires_at": "2026-11-26T09:02:37.950240Z", "problem": null, "version": 2}], "everyone": false, "at": "2026-11-23T09:02:38.021056Z"}',NULL,NULL,NULL);
INSERT INTO "calls" VALUES('c-v3dawfqw4h','slash:2611636329845.1196430015611.cf80a50850f3a902bca776551f0f8345','sandbox.create','slash','U05UE1L47ZW','C0QJUJ4AHD0',NULL,'{"name": "later"}','gAAAAABrBAEu6jZl0bN-i0BYcpN0lfgkHrn6DtJzUYUnk6bkOs9611wYIQnkc3c-Y4GIaORVh50yO5H5rNB-8jmUSm8iajblJ3JO35ri5K6dzsyZxTCOh1H3g4J_odDeuQAhG64EkfOd27NtAmS07xU_CZH2K7lLHKXlVa81qIyBcT3EvuZtQS7-XHJl2_dZJHD_veyl_5PG','accepted',1,'replica:4833:uc267b','2026-11-23 09:02:40.538598','2026-11-23 09:02:37.995513',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE direct_channels (
	user_id VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	PRIMARY KEY (user_id)
);
INSERT INTO "direct_channels" VALUES('U0ZEI4ICKW6','D036WNJRYXI');
CREATE TABLE job_runs (
	job VARCHAR NOT NULL, 
	due_at DATETIME NOT NULL, 
	holder VARCHAR NOT NULL, 
	claimed_until DATETIME NOT NULL, 
	ended_at DATETIME, 
	result VARCHAR, 
	PRIMARY KEY (job, due_at)
);
INSERT INTO "job_runs" VALUES('bot.housekeeping','2026-11-23 03:17:00.000000','replica:4833:uc267b','2026-11-23 09:03:30.977694','2026-11-23 09:02:30.977694','skipped');
CREATE TABLE leases (
	name VARCHAR NOT NULL, 
	holder VARCHAR NOT NULL, 
	token BIGINT NOT NULL, 
	expires_at DATETIME NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "leases" VALUES('outbox','replica:4833:uc267b',1,'2026-11-23 09:02:40.566009');
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
INSERT INTO "messages" VALUES(1,'home:U0ZEI4ICKW6','home:U0ZEI4ICKW6',NULL,'U0ZEI4ICKW6',NULL,NULL,NULL,0,NULL,NULL,3,'bot.home','U0ZEI4ICKW6',NULL,NULL,NULL,NULL,NULL,0,18,18,'f92d7ab8ae47a21cc016b6855f130de0',NULL,NULL,'shown',NULL,'2026-11-23 09:02:37.955456',NULL,NULL,NULL,0,NULL,'2026-11-23 09:02:31.096086','2026-11-23 09:02:38.110681');
INSERT INTO "messages" VALUES(2,'sandbox:uqt2c9k4:card','channel:C0QJUJ4AHD0','C0QJUJ4AHD0',NULL,'U0ZEI4ICKW6',NULL,NULL,0,NULL,NULL,1,'sandbox.card','uqt2c9k4',NULL,NULL,NULL,NULL,NULL,0,3,3,'67a3903fbc22a423c18f02d979c15480','C0QJUJ4AHD0','1795424551.262365','shown',NULL,'2026-11-23 09:02:31.188987',NULL,NULL,NULL,0,NULL,'2026-11-23 09:02:31.188987','2026-11-23 09:02:32.319521');
INSERT INTO "messages" VALUES(3,'call:c-qzeahdz56z:answer','response:call:c-qzeahdz56z:answer',NULL,'U0ZEI4ICKW6',NULL,NULL,'2026-11-23 09:32:31.051510',1,NULL,NULL,1,NULL,NULL,'{"text":"Setting up *checkout*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *checkout*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}',NULL,NULL,NULL,NULL,0,1,1,NULL,NULL,NULL,'shown',NULL,'2026-11-23 09:02:31.225922',NULL,NULL,NULL,0,NULL,'2026-11-23 09:02:31.225922','2026-11-23 09:02:31.342120');
INSERT INTO "messages" VALUES(4,'sandbox:mf6hxse4:card','channel:C0QJUJ4AHD0','C0QJUJ4AHD0',NULL,'U0ZEI4ICKW6',NULL,NULL,0,NULL,NULL,3,'sandbox.card','mf6hxse4',NULL,NULL,NULL,NULL,NULL,0,5,5,'22955b33dc2597c6e8ef4085e08cd9ef','C0QJUJ4AHD0','1795424552.501729','shown',NULL,'2026-11-23 09:02:35.684161',NULL,NULL,NULL,0,NULL,'2026-11-23 09:02:32.389179','2026-11-23 09:02:35.724930');
INSERT INTO "messages" VALUES(5,'call:c-r2c268xxtb:answer','response:call:c-r2c268xxtb:answer',NULL,'U0ZEI4ICKW6',NULL,NULL,'2026-11-23 09:32:32.321431',1,NULL,NULL,1,NULL,NULL,'{"text":"Setting up *gone*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *gone*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}',NULL,NULL,NULL,NULL,0,1,1,NULL,NULL,NULL,'shown',NULL,'2026-11-23 09:02:32.425365',NULL,NULL,NULL,0,NULL,'2026-11-23 09:02:32.425365','2026-11-23 09:02:32.630938');
INSERT INTO "messages" VALUES(6,'call:c-5quhwwbv68:answer','response:call:c-5quhwwbv68:answer',NULL,'U0ZEI4ICKW6',NULL,NULL,'2026-11-23 09:32:33.560277',1,NULL,NULL,1,NULL,NULL,'{"text":"Deleting *gone* and everything in it.","blocks":[{"text":{"text":":wastebasket: Deleting *gone* and everything in it.","type":"mrkdwn"},"type":"section"}]}',NULL,NULL,NULL,NULL,0,1,1,NULL,NULL,NULL,'shown',NULL,'2026-11-23 09:02:33.629038',NULL,NULL,NULL,0,NULL,'2026-11-23 09:02:33.629038','2026-11-23 09:02:33.679330');
INSERT INTO "messages" VALUES(7,'sandbox:wrzc3shs:card','channel:D036WNJRYXI','D036WNJRYXI',NULL,'U0ZEI4ICKW6',NULL,NULL,0,NULL,NULL,1,'sandbox.card','wrzc3shs',NULL,NULL,NULL,NULL,NULL,0,3,3,'6273d9471af42b18e2d12eb58587310f','D036WNJRYXI','1795424555.799616','shown',NULL,'2026-11-23 09:02:35.758986',NULL,NULL,NULL,0,NULL,'2026-11-23 09:02:35.758986','2026-11-23 09:02:36.832561');
INSERT INTO "messages" VALUES(8,'call:c-ccwnhkj899:answer','channel:D036WNJRYXI','D036WNJRYXI',NULL,'U0ZEI4ICKW6',NULL,NULL,0,NULL,NULL,1,NULL,NULL,'{"text":"Setting up *private*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *private*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}',NULL,NULL,NULL,NULL,0,1,1,'137059696499c865167a6a9b13fe15e3','D036WNJRYXI','1795424556.852172','shown',NULL,'2026-11-23 09:02:35.773410',NULL,NULL,NULL,0,NULL,'2026-11-23 09:02:35.773410','2026-11-23 09:02:36.864642');
INSERT INTO "messages" VALUES(9,'sandbox:9b8u9vxd:card','person:U0ZEI4ICKW6',NULL,'U0ZEI4ICKW6','U0ZEI4ICKW6',NULL,NULL,0,NULL,NULL,1,'sandbox.card','9b8u9vxd',NULL,NULL,NULL,NULL,NULL,0,3,3,'8074c5d32511458005eeac4b984eb9fc','D036WNJRYXI','1795424556.915113','shown',NULL,'2026-11-23 09:02:36.858655',NULL,NULL,NULL,0,NULL,'2026-11-23 09:02:36.858655','2026-11-23 09:02:37.943850');
INSERT INTO "messages" VALUES(10,'sandbox:75tgnr2g:card','channel:C0QJUJ4AHD0','C0QJUJ4AHD0',NULL,'U0ZEI4ICKW6',NULL,NULL,0,NULL,NULL,1,'sandbox.card','75tgnr2g',NULL,NULL,NULL,NULL,NULL,0,3,1,'dc68161a8d33d43bf6500217b0938814','C0QJUJ4AHD0','1795424557.977042','waiting','2026-11-23 09:02:41.713495','2026-11-23 09:02:37.954157',NULL,NULL,NULL,2,'chat.update: HTTP 500 instead of an answer','2026-11-23 09:02:37.954157','2026-11-23 09:02:40.008136');
INSERT INTO "messages" VALUES(11,'call:c-nnfebfhn3s:answer','response:call:c-nnfebfhn3s:answer',NULL,'U0ZEI4ICKW6',NULL,NULL,'2026-11-23 09:32:37.937075',1,NULL,NULL,1,NULL,NULL,'{"text":"Setting up *stuck*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *stuck*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}',NULL,NULL,NULL,NULL,0,1,1,NULL,NULL,NULL,'shown',NULL,'2026-11-23 09:02:37.982528',NULL,NULL,NULL,0,NULL,'2026-11-23 09:02:37.982528','2026-11-23 09:02:38.059793');
INSERT INTO "messages" VALUES(12,'call:c-zz75krefky:answer','channel:C0QJUJ4AHD0','C0QJUJ4AHD0',NULL,'U0ZEI4ICKW6',NULL,NULL,0,NULL,'1795424557.993745',1,NULL,NULL,'{"text":"4 sandboxes","blocks":[{"accessory":{"action_id":"run:sandbox.show:09fa07fb","text":{"emoji":true,"text":"Details","type":"plain_text"},"type":"button","value":"{\"arguments\":{\"sandbox\":\"uqt2c9k4\"},\"version\":null}"},"text":{"text":":large_green_circle: *checkout* is ready\nlarge \u00b7 until <!date^1795683751^{date_short_pretty} at {time}|2026-11-26 09:02 UTC>","type":"mrkdwn"},"type":"section"},{"accessory":{"action_id":"run:sandbox.show:9024ed4a","text":{"emoji":true,"text":"Details","type":"plain_text"},"type":"button","value":"{\"arguments\":{\"sandbox\":\"wrzc3shs\"},\"version\":null}"},"text":{"text":":large_green_circle: *private* is ready\nsmall \u00b7 until <!date^1795683755^{date_short_pretty} at {time}|2026-11-26 09:02 UTC>","type":"mrkdwn"},"type":"section"},{"accessory":{"action_id":"run:sandbox.show:e6d8ddcd","text":{"emoji":true,"text":"Details","type":"plain_text"},"type":"button","value":"{\"arguments\":{\"sandbox\":\"9b8u9vxd\"},\"version\":null}"},"text":{"text":":large_green_circle: *scripted* is ready\nsmall \u00b7 until <!date^1795683756^{date_short_pretty} at {time}|2026-11-26 09:02 UTC>","type":"mrkdwn"},"type":"section"},{"accessory":{"action_id":"run:sandbox.show:4ebcdf6d","text":{"emoji":true,"text":"Details","type":"plain_text"},"type":"button","value":"{\"arguments\":{\"sandbox\":\"75tgnr2g\"},\"version\":null}"},"text":{"text":":construction: *stuck* is being set up\nsmall \u00b7 until <!date^1795683757^{date_short_pretty} at {time}|2026-11-26 09:02 UTC>","type":"mrkdwn"},"type":"section"}]}',NULL,NULL,NULL,NULL,0,1,0,NULL,NULL,NULL,'waiting','2026-11-23 09:02:42.056132','2026-11-23 09:02:38.041231',NULL,NULL,'2026-11-23 09:02:39.025988',2,'chat.postMessage: HTTP 500 instead of an answer','2026-11-23 09:02:38.041231','2026-11-23 09:02:39.909351');
CREATE TABLE people (
	user_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	zone VARCHAR NOT NULL, 
	full_member BOOLEAN NOT NULL, 
	learnt_at DATETIME NOT NULL, 
	PRIMARY KEY (user_id)
);
INSERT INTO "people" VALUES('U0ZEI4ICKW6','ada','Europe/Berlin',1,'2026-11-23 09:02:31.080476');
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
INSERT INTO "sandboxes" VALUES('uqt2c9k4','c-qzeahdz56z','checkout','U0ZEI4ICKW6','ada','default','large','spring sale, ö & <b>','sbx-default-checkout-z4y2','6c950ba2-2c66-4120-8b0e-4e2f98bce0b2','ready',1,3,NULL,0,'2026-11-23 09:02:31.135879','2026-11-26 09:02:31.135879',NULL,'2026-11-23 09:12:31.452291',NULL);
INSERT INTO "sandboxes" VALUES('mf6hxse4','c-r2c268xxtb','gone','U0ZEI4ICKW6','ada','default','small','','sbx-default-gone-78gm','47343113-4075-4b10-b1d3-97a31157c2cd','deleted',0,6,NULL,0,'2026-11-23 09:02:32.367965','2026-11-26 09:02:32.367965','2026-11-23 09:02:33.573433',NULL,NULL);
INSERT INTO "sandboxes" VALUES('wrzc3shs','c-ccwnhkj899','private','U0ZEI4ICKW6','ada','default','small','','sbx-default-private-97au','4d52cf40-b20c-4863-8a5a-356d1da71bf2','ready',1,3,NULL,0,'2026-11-23 09:02:35.744802','2026-11-26 09:02:35.744802',NULL,'2026-11-23 09:12:35.901101',NULL);
INSERT INTO "sandboxes" VALUES('9b8u9vxd','c-9jfh35y9hy','scripted','U0ZEI4ICKW6','ada','default','small','','sbx-default-scripted-bnpj','b899e1d7-73bd-4e63-89f3-55ea6566989c','ready',1,3,NULL,0,'2026-11-23 09:02:36.854280','2026-11-26 09:02:36.854280',NULL,'2026-11-23 09:12:36.997232',NULL);
INSERT INTO "sandboxes" VALUES('75tgnr2g','c-nnfebfhn3s','stuck','U0ZEI4ICKW6','ada','default','small','','sbx-default-stuck-2ndc',NULL,'provisioning',1,4,'The cluster is not available right now; I keep trying.',2,'2026-11-23 09:02:37.950240','2026-11-26 09:02:37.950240',NULL,'2026-11-23 09:02:44.090352',NULL);
CREATE TABLE tokens (
	id VARCHAR NOT NULL, 
	secret_hash BLOB NOT NULL, 
	name VARCHAR NOT NULL, 
	owner VARCHAR NOT NULL, 
	permissions TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME, 
	last_used_at DATETIME, 
	revoked_at DATETIME, 
	PRIMARY KEY (id)
);
INSERT INTO "tokens" VALUES('jbgkdgnd',X'6AF4C791EE5A2D490420B23D870A04B0C06291BE72F9823E30F52DCF6D78FDE1','deploy script','U0ZEI4ICKW6','["sandbox.*"]','2026-11-23 09:02:31.001793','2026-12-02 09:02:31.001793','2026-11-23 09:02:36.827220',NULL);
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
