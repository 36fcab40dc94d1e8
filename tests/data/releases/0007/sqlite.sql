BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0007');
CREATE TABLE approval_votes (
	approval VARCHAR NOT NULL, 
	user_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	call VARCHAR NOT NULL, 
	note TEXT, 
	at DATETIME NOT NULL, 
	PRIMARY KEY (approval, user_id)
);
INSERT INTO "approval_votes" VALUES('a-zfbua7e9','U0TK84SEAE0','grace','c-xde9x8e332',NULL,'2026-11-23 12:56:39.714508');
CREATE TABLE approvals (
	id VARCHAR NOT NULL, 
	call VARCHAR NOT NULL, 
	rule VARCHAR NOT NULL, 
	reason TEXT NOT NULL, 
	command VARCHAR NOT NULL, 
	requested_by VARCHAR NOT NULL, 
	requested_name VARCHAR NOT NULL, 
	team VARCHAR NOT NULL, 
	arguments TEXT NOT NULL, 
	"plan" TEXT NOT NULL, 
	plan_hash VARCHAR NOT NULL, 
	prices TEXT NOT NULL, 
	roles TEXT NOT NULL, 
	users TEXT NOT NULL, 
	quorum INTEGER NOT NULL, 
	state VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	asked_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	remind_at DATETIME, 
	due_at DATETIME, 
	decided_at DATETIME, 
	decided_by VARCHAR, 
	note TEXT, 
	cards TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (call, rule)
);
INSERT INTO "approvals" VALUES('a-zfbua7e9','c-f2ugug6uhb','large sandboxes','','sandbox create','U0ORYUSLMUO','ada','default','{"size":"large","purpose":"spring sale, \u00f6 & <b>","name":"checkout"}','["Sets up sandbox checkout for team default, size large: 8 CPUs, 16Gi memory, 100Gi storage","Deletes it after 3d"]','de2a7a7c0a521373','{}','["admin","approver"]','[]',1,'approved',1,'2026-11-23 12:56:38.672394','2026-11-24 12:56:38.672394',NULL,NULL,'2026-11-23 12:56:39.714508','grace',NULL,'{"approval:a-zfbua7e9:card":"C0TU7RQCVXR"}');
INSERT INTO "approvals" VALUES('a-2sphrgej','c-y94j5hkhez','large sandboxes','','sandbox create','U0ORYUSLMUO','ada','default','{"size":"large","name":"vast"}','["Sets up sandbox vast for team default, size large: 8 CPUs, 16Gi memory, 100Gi storage","Deletes it after 3d"]','b9c2cbfbeb5267e7','{}','["admin","approver"]','[]',1,'waiting',1,'2026-11-23 12:56:54.993125','2026-11-24 12:56:54.993125','2026-11-23 16:56:54.993125','2026-11-23 16:56:54.993125',NULL,NULL,NULL,'{"approval:a-2sphrgej:card":"C0TU7RQCVXR"}');
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	created_at DATETIME DEFAULT (strftime('%Y-%m-%d %H:%M:%f000', 'now')) NOT NULL, 
	action VARCHAR NOT NULL, 
	object VARCHAR, 
	actor VARCHAR NOT NULL, 
	on_behalf_of VARCHAR, 
	surface VARCHAR, 
	channel VARCHAR, 
	thread_ts VARCHAR, 
	call VARCHAR, 
	"before" TEXT, 
	"after" TEXT, 
	note TEXT NOT NULL, 
	key_id VARCHAR NOT NULL, 
	nonce VARCHAR NOT NULL, 
	stamp VARCHAR NOT NULL, 
	sequence BIGINT, 
	seal_key_id VARCHAR, 
	mac VARCHAR, 
	PRIMARY KEY (id), 
	UNIQUE (stamp), 
	UNIQUE (sequence)
);
INSERT INTO "audit" VALUES(1,'2026-11-23 12:56:38.672394','2026-11-23 12:56:38.680000','approval.asked','approval:a-zfbua7e9','U0ORYUSLMUO',NULL,'slash','C0TU7RQCVXR',NULL,'c-f2ugug6uhb',NULL,'{"rule":"large sandboxes","plan":"de2a7a7c0a521373","team":"default"}','','bd6220c45f31','v583wffuv5r7s26d','1494cd080b96dde04705e7118ed5d30e206f4a36eb1eb7bb55180a601e8db685',1,'bd6220c45f31','4e2eb46e3d9d26fe2de4d72864d94021a38e1e435060c6b2770704de259722c4');
INSERT INTO "audit" VALUES(2,'2026-11-23 12:56:39.714508','2026-11-23 12:56:39.837000','approval.approved','approval:a-zfbua7e9','U0TK84SEAE0',NULL,'button','C0TU7RQCVXR',NULL,'c-xde9x8e332',NULL,'{"rule":"large sandboxes","plan":"de2a7a7c0a521373","command":"sandbox create","for":"U0ORYUSLMUO"}','','bd6220c45f31','bzcqq63na48qv3z5','0371aa102e70374c95569eba5b62787eb6ec4c0ae47fec0a7206b204a2d8b324',2,'bd6220c45f31','2f85378be879bfdc05fe7ee41d7e983dfa7c7194944c6fbe627479fb617c8f4e');
INSERT INTO "audit" VALUES(3,'2026-11-23 12:56:41.667805','2026-11-23 12:56:41.668000','call.done','command:access.approve','U0TK84SEAE0',NULL,'button','C0TU7RQCVXR',NULL,'c-xde9x8e332',NULL,'{"arguments":{"approval":"a-zfbua7e9","plan":"de2a7a7c0a521373"}}','','bd6220c45f31','a6ga8h6sb34v4xxd','c95c3b21ee445b722cd8b57e9ca7e514e4719a6af5ad508eb6f5a4a28205405d',3,'bd6220c45f31','a3e92173e2776d59663d8ef1723962741fd26e73b4798c5630880b482fad0aff');
INSERT INTO "audit" VALUES(4,'2026-11-23 12:56:41.834694','2026-11-23 12:56:42.283000','sandbox.created','sandbox:rpw6622x','U0ORYUSLMUO',NULL,'slash','C0TU7RQCVXR',NULL,'c-f2ugug6uhb',NULL,'{"name":"checkout","team":"default","size":"large","namespace":"sbx-default-checkout-szyd","expires_at":"2026-11-26T12:56:41.834694+00:00","state":"requested"}','','bd6220c45f31','3xmeuzkj678yurfv','f057a8fab67088b49d16fe5c7de143932769030c3c4273a977b970621db46920',4,'bd6220c45f31','24235e9b15f0dab14e206e6a41e0a30f8044c3256575f704e97cb9afffcc3e13');
INSERT INTO "audit" VALUES(5,'2026-11-23 12:56:42.775524','2026-11-23 12:56:42.839000','call.done','command:sandbox.create','U0ORYUSLMUO',NULL,'slash','C0TU7RQCVXR',NULL,'c-f2ugug6uhb',NULL,'{"arguments":{"size":"large","purpose":"spring sale, \u00f6 & <b>","name":"checkout"}}','','bd6220c45f31','ndn95fdy8xfx5bqr','f93a9c5ad1726e266b52cea4ea65a5ffdf94665c0928035005c71004985aad0a',5,'bd6220c45f31','51fb8d58c2025756ce5063715a93bf6f8a7e10e088be207c0fd6438d034a5960');
INSERT INTO "audit" VALUES(6,'2026-11-23 12:56:43.835560','2026-11-23 12:56:43.940000','sandbox.ready','sandbox:rpw6622x','system',NULL,NULL,NULL,NULL,NULL,'{"state":"provisioning","wanted":true}','{"state":"ready","wanted":true}','','bd6220c45f31','yacha2zgxfx2kahs','1d67b108cf50a2632369dd78a23028dfe4fead1c0ce51c9c2c7fa494c2b9c5fa',6,'bd6220c45f31','6d08dff0d6edc08fc73b2ebeb6441d5e5b771da36bab784f236694f9fdab7302');
INSERT INTO "audit" VALUES(7,'2026-11-23 12:56:44.728234','2026-11-23 12:56:45.226000','sandbox.created','sandbox:taeywnkg','U0ORYUSLMUO',NULL,'slash','C0TU7RQCVXR',NULL,'c-cpu27ke5n5',NULL,'{"name":"gone","team":"default","size":"small","namespace":"sbx-default-gone-ucmb","expires_at":"2026-11-26T12:56:44.728234+00:00","state":"requested"}','','bd6220c45f31','8c8xq5axzz5yvqpt','2f075e7eb39c3a58729db99892a0432a98a3be66e26963e4f9deedb5bd679b25',7,'bd6220c45f31','69491d268658b820b78f9178aba28a0ec3dc0d9e4d215e0f663289b98d08a78c');
INSERT INTO "audit" VALUES(8,'2026-11-23 12:56:45.367842','2026-11-23 12:56:45.368000','call.done','command:sandbox.create','U0ORYUSLMUO',NULL,'slash','C0TU7RQCVXR',NULL,'c-cpu27ke5n5',NULL,'{"arguments":{"name":"gone"}}','','bd6220c45f31','659px4sqzxhx6cy7','76e87d3946563322eda430498f88630bc78a9bf068345d0d60ef6ef5f1d2ade3',8,'bd6220c45f31','e65a6c922b8c98f76e4e3574685e57dbbee25766f3e492583262d8a5af3a1c4c');
INSERT INTO "audit" VALUES(9,'2026-11-23 12:56:46.298464','2026-11-23 12:56:46.299000','sandbox.ready','sandbox:taeywnkg','system',NULL,NULL,NULL,NULL,NULL,'{"state":"provisioning","wanted":true}','{"state":"ready","wanted":true}','','bd6220c45f31','9ssjs4gzwwsa2uww','7d9b2107e9dcee2782f4a4533b160cbf646332b452d45e1b9da92e8f36756be2',9,'bd6220c45f31','65f8025f79117abc2351a77997e5b2e38c3425b42da6f0797016757455351a4b');
INSERT INTO "audit" VALUES(10,'2026-11-23 12:56:47.996155','2026-11-23 12:56:48.056000','sandbox.deleted','sandbox:taeywnkg','U0ORYUSLMUO',NULL,'button','C0TU7RQCVXR',NULL,'c-mdsnpsdb2v','{"state":"ready","wanted":true}','{"state":"deleting","wanted":false}','','bd6220c45f31','rfqmknq6ztdfvtr9','570cba95eed43239edd33d81a41f978a5e0bcd0eabd205acc623248531f9b615',10,'bd6220c45f31','76a230c68bfc21f1d70205f4d1c6a503f302da02fdfc1c38355fd95961e3a3e5');
INSERT INTO "audit" VALUES(11,'2026-11-23 12:56:48.462453','2026-11-23 12:56:48.463000','call.done','command:sandbox.delete','U0ORYUSLMUO',NULL,'button','C0TU7RQCVXR',NULL,'c-mdsnpsdb2v',NULL,'{"arguments":{"sandbox":"gone"}}','','bd6220c45f31','nwxv5tyzscjtfcfa','fc8fe9b4636f5f72a11373a40345ca5c23cf6147de3446ec5e53f2ae24422752',11,'bd6220c45f31','dbebe148c34aa96d006c9a108012561a7854f327cf4fcaa134c07280361e7631');
INSERT INTO "audit" VALUES(12,'2026-11-23 12:56:51.115494','2026-11-23 12:56:51.116000','sandbox.gone','sandbox:taeywnkg','system',NULL,NULL,NULL,NULL,NULL,'{"state":"deleting","wanted":false}','{"state":"deleted","wanted":false}','','bd6220c45f31','vt4yrwzbtvezfyb8','ce2dee040b6508cee7b900d76d13f547094d3fea0ed91728718fa204ca7fab71',12,'bd6220c45f31','43749174a4415d6e495418d7b1916b5325315b0aff02e7c170d6de14d0251761');
INSERT INTO "audit" VALUES(13,'2026-11-23 12:56:51.554374','2026-11-23 12:56:52.005000','sandbox.created','sandbox:mwhn99j3','U08IBV3CQA5',NULL,'slash','C0TU7RQCVXR',NULL,'c-fhpakyftp5',NULL,'{"name":"orphan","team":"default","size":"small","namespace":"sbx-default-orphan-59uv","expires_at":"2026-11-26T12:56:51.554374+00:00","state":"requested"}','','bd6220c45f31','u2r8sttj2eat9jxk','6316e262c201ce8c72f3fecf2c9ff7eb08b2ab18d9d168ccb75cdf52e19febc6',13,'bd6220c45f31','5a0dd8e9c07b4d302de6dfa775ef977e61584c22f1a9a346ef5f9c8e54b6cd4f');
INSERT INTO "audit" VALUES(14,'2026-11-23 12:56:52.268443','2026-11-23 12:56:52.271000','call.done','command:sandbox.create','U08IBV3CQA5',NULL,'slash','C0TU7RQCVXR',NULL,'c-fhpakyftp5',NULL,'{"arguments":{"name":"orphan"}}','','bd6220c45f31','vz7twwzqrhsybw56','ab15ddddfc4f6d8604eab5329512fa05581f082f8f2ccf302376a6b4463fd3e4',14,'bd6220c45f31','38631d4cc00045b883fba5ef8b132b7ec11606994460b31b7b75d84c385efbe4');
INSERT INTO "audit" VALUES(15,'2026-11-23 12:56:53.557890','2026-11-23 12:56:53.558000','sandbox.ready','sandbox:mwhn99j3','system',NULL,NULL,NULL,NULL,NULL,'{"state":"provisioning","wanted":true}','{"state":"ready","wanted":true}','','bd6220c45f31','vr5fnp7tk7frq64c','f194146bcfc10668d6c51bcc170e88f32c1202ef28be4bd6ec5dad0c41953d83',15,'bd6220c45f31','822c7de22602c953140a57720b915da4e749c9d9d0a9e2fefc32e6b4e6756f98');
INSERT INTO "audit" VALUES(16,'2026-11-23 12:56:54.256160','2026-11-23 12:56:54.289000','sandbox.left_to_team','sandbox:mwhn99j3','system',NULL,NULL,NULL,NULL,NULL,'{"owner":"U08IBV3CQA5"}','{"owner":"","team":"default"}','linus has left','bd6220c45f31','qryz8e6zu6mqe7dz','2a0ff4fc173b2a8333a8fb7a9dd14d762b1d8147b27f42d22cc6c08a7f43c0bb',16,'bd6220c45f31','dfbaf499eb9b7599872c05d2a043ce23d72c374d15562fa369e624e33c4d4e13');
INSERT INTO "audit" VALUES(17,'2026-11-23 12:56:54.993125','2026-11-23 12:56:55.028000','approval.asked','approval:a-2sphrgej','U0ORYUSLMUO',NULL,'slash','C0TU7RQCVXR',NULL,'c-y94j5hkhez',NULL,'{"rule":"large sandboxes","plan":"b9c2cbfbeb5267e7","team":"default"}','','bd6220c45f31','mnp85fzgftw83hvk','d70d646efb6ef1eef388ea985eb554162b668e451b1c93fd97680e8e6b493c3a',17,'bd6220c45f31','f99e32547a2f0f9025f2a75aa76880f2e5d84c0553f8ad0c2d3a464f3ce7c51f');
INSERT INTO "audit" VALUES(18,'2026-11-23 12:56:54.884328','2026-11-23 12:56:55.429000','sandbox.created','sandbox:nxvescdw','U0ORYUSLMUO',NULL,'mention','D0RBJ7J6M2L',NULL,'c-sxtvp3m3gn',NULL,'{"name":"private","team":"default","size":"small","namespace":"sbx-default-private-9zh3","expires_at":"2026-11-26T12:56:54.884328+00:00","state":"requested"}','','bd6220c45f31','3szmd7jkadscaxzs','fe8a0c69064c22654b0cfd8425670284a72a997b20d92a5a4d62514bda9e4b25',18,'bd6220c45f31','e8f98c110ace4672f9e87fefa91e91564394fd0c76db74ad725706cf899e38e3');
INSERT INTO "audit" VALUES(19,'2026-11-23 12:56:55.710327','2026-11-23 12:56:55.710000','call.done','command:sandbox.create','U0ORYUSLMUO',NULL,'mention','D0RBJ7J6M2L',NULL,'c-sxtvp3m3gn',NULL,'{"arguments":{"name":"private"}}','','bd6220c45f31','ghctsjxtewg69q5a','3e11b0a6e28eb00247c747b96e033e83f7644e10d178b72b72a2fe07b49d9e51',19,'bd6220c45f31','2db3af27151f95db440537ca85a45c2d11e3f955d456c95fdc94f8341cf4d6d9');
INSERT INTO "audit" VALUES(20,'2026-11-23 12:56:55.914914','2026-11-23 12:56:55.915000','sandbox.ready','sandbox:nxvescdw','system',NULL,NULL,NULL,NULL,NULL,'{"state":"provisioning","wanted":true}','{"state":"ready","wanted":true}','','bd6220c45f31','e7wbyj8wsawffx5v','f5926f44428822d4d71d070e0dd7aa9bbce681bc03f7c6d362462822d95b0435',20,'bd6220c45f31','c1b4933abc39852d7ba92de20d8ed0edb72660533de8a4a820ce875b5ac25779');
INSERT INTO "audit" VALUES(21,'2026-11-23 12:56:59.038488','2026-11-23 12:56:59.203000','sandbox.created','sandbox:uz4mem29','token:t9usmctk','U0ORYUSLMUO','api',NULL,NULL,'c-s5u8jgte9g',NULL,'{"name":"scripted","team":"default","size":"small","namespace":"sbx-default-scripted-pgyt","expires_at":"2026-11-26T12:56:59.038488+00:00","state":"requested"}','','bd6220c45f31','f95vjz8yk6zu8thq','5a9ffc8d74b344a5817a6acf3e4fa459b519efdb2545203644b3c1a2493c87ff',21,'bd6220c45f31','aeb6448b46454ae1192b294d329479fe1f2a299253f9b58702245f7106b54979');
INSERT INTO "audit" VALUES(22,'2026-11-23 12:56:59.380336','2026-11-23 12:56:59.386000','call.done','command:sandbox.create','token:t9usmctk','U0ORYUSLMUO','api',NULL,NULL,'c-s5u8jgte9g',NULL,'{"arguments":{"name":"scripted"}}','','bd6220c45f31','vun5w8shrw8z4vet','3a79a279f6af5f57a61b416895e88dc67bef310b7e914185f6af14e8f30e3298',22,'bd6220c45f31','121630727fbffd4b92ffb70a332f617b750cacb0647d7694135d635b736e8899');
INSERT INTO "audit" VALUES(23,'2026-11-23 12:56:59.889663','2026-11-23 12:56:59.890000','sandbox.ready','sandbox:uz4mem29','system',NULL,NULL,NULL,NULL,NULL,'{"state":"provisioning","wanted":true}','{"state":"ready","wanted":true}','','bd6220c45f31','he5e3dcwfz37rnee','aeb0ed9cf0676374ae634f450639f98baa32654a0228adda73dde7724d0081fc',23,'bd6220c45f31','208f07916fc7e35b8c164f108e37835ae68031ca104c5048a8bb243bce4abc79');
INSERT INTO "audit" VALUES(24,'2026-11-23 12:57:00.751880','2026-11-23 12:57:00.760000','sandbox.created','sandbox:xawpx49h','U0ORYUSLMUO',NULL,'slash','C0TU7RQCVXR',NULL,'c-256k2tfrf9',NULL,'{"name":"stuck","team":"default","size":"small","namespace":"sbx-default-stuck-yc2n","expires_at":"2026-11-26T12:57:00.751880+00:00","state":"requested"}','','bd6220c45f31','vk4kqmqv68zqrb5x','b9760edbfc1b73db4f53f9d183c22f1cd812092fad6c18c5e904baa7713e4757',24,'bd6220c45f31','0e7f00958a9c184e50d5ef85431bc566a763637b1adf38f4b88a721d3b0dd028');
INSERT INTO "audit" VALUES(25,'2026-11-23 12:57:00.786196','2026-11-23 12:57:00.786000','call.done','command:sandbox.create','U0ORYUSLMUO',NULL,'slash','C0TU7RQCVXR',NULL,'c-256k2tfrf9',NULL,'{"arguments":{"name":"stuck"}}','','bd6220c45f31','rr8f3ru9bv475z2b','b6cf1b61c67c565c6ae7cddc9d666b67a6dc44f0c1a9a264db9e6c08246fc251',25,'bd6220c45f31','edf3160fdf935d9e81875d091a0aaf3dab747f835192b64779f96f236b8b7545');
CREATE TABLE audit_anchors (
	sequence BIGINT NOT NULL, 
	mac VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	PRIMARY KEY (sequence)
);
INSERT INTO "audit_anchors" VALUES(1,'4e2eb46e3d9d26fe2de4d72864d94021a38e1e435060c6b2770704de259722c4','2026-11-23 12:56:38.977248');
INSERT INTO "audit_anchors" VALUES(25,'edf3160fdf935d9e81875d091a0aaf3dab747f835192b64779f96f236b8b7545','2026-11-23 12:57:04.615909');
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
	error TEXT, limits TEXT, problem TEXT, token VARCHAR, confirmed BOOLEAN, 
	PRIMARY KEY (ref), 
	UNIQUE ("key")
);
INSERT INTO "calls" VALUES('c-f2ugug6uhb','slash:6478299951508.6744240322685.544743e1756b5de2be25098c2b659e7c','sandbox.create','slash','U0ORYUSLMUO','C0TU7RQCVXR',NULL,'{"size": "large", "purpose": "spring sale, \u00f6 & <b>", "name": "checkout"}',NULL,'done',1,NULL,NULL,'2026-11-23 12:56:36.895468','2026-11-23 12:56:42.300496','{"id": "rpw6622x", "name": "checkout", "state": "requested", "owner": "U0ORYUSLMUO", "owner_name": "ada", "former_owner": null, "team": "default", "size": "large", "purpose": "spring sale, \u00f6 & <b>", "namespace": "sbx-default-checkout-szyd", "created_at": "2026-11-23T12:56:41.834694Z", "expires_at": "2026-11-26T12:56:41.834694Z", "problem": null, "version": 1}',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "calls" VALUES('c-xde9x8e332','button:C0TU7RQCVXR:1795438598.957013:run:access.approve:8834efdb','access.approve','button','U0TK84SEAE0','C0TU7RQCVXR',NULL,'{"approval": "a-zfbua7e9", "plan": "de2a7a7c0a521373"}',NULL,'done',1,NULL,NULL,'2026-11-23 12:56:38.959301','2026-11-23 12:56:40.396281','{"id": "a-zfbua7e9", "call": "c-f2ugug6uhb", "rule": "large sandboxes", "reason": "", "command": "sandbox create", "requested_by": "U0ORYUSLMUO", "requested_name": "ada", "team": "default", "arguments": {"size": "large", "purpose": "spring sale, \u00f6 & <b>", "name": "checkout"}, "plan": ["Sets up sandbox checkout for team default, size large: 8 CPUs, 16Gi memory, 100Gi storage", "Deletes it after 3d"], "plan_hash": "de2a7a7c0a521373", "state": "approved", "quorum": 1, "votes": [{"user_id": "U0TK84SEAE0", "name": "grace", "note": null, "at": "2026-11-23T12:56:39.714508Z"}], "asked_at": "2026-11-23T12:56:38.672394Z", "expires_at": "2026-11-24T12:56:38.672394Z", "decided_by": "grace", "note": null, "version": 1}',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "calls" VALUES('c-cpu27ke5n5','slash:3548947463118.9666275346053.57cc47475a868c77856ff144ca30a3a2','sandbox.create','slash','U0ORYUSLMUO','C0TU7RQCVXR',NULL,'{"name": "gone"}',NULL,'done',1,NULL,NULL,'2026-11-23 12:56:44.573392','2026-11-23 12:56:45.284751','{"id": "taeywnkg", "name": "gone", "state": "requested", "owner": "U0ORYUSLMUO", "owner_name": "ada", "former_owner": null, "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-gone-ucmb", "created_at": "2026-11-23T12:56:44.728234Z", "expires_at": "2026-11-26T12:56:44.728234Z", "problem": null, "version": 1}',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "calls" VALUES('c-p4y6224f7k','slash:1631760400801.1939515416116.e094d1196b3bed35fc96bd6dce2467f1','sandbox.delete','slash','U0ORYUSLMUO','C0TU7RQCVXR',NULL,'{"sandbox": "gone"}',NULL,'asked',1,NULL,NULL,'2026-11-23 12:56:46.768094','2026-11-23 12:56:47.204363','null',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "calls" VALUES('c-mdsnpsdb2v','button:C0TU7RQCVXR:1795438607.709797:run:sandbox.delete:1cf61277','sandbox.delete','button','U0ORYUSLMUO','C0TU7RQCVXR',NULL,'{"sandbox": "gone"}',NULL,'done',1,NULL,NULL,'2026-11-23 12:56:47.752446','2026-11-23 12:56:48.336356','{"id": "taeywnkg", "name": "gone", "state": "deleting", "owner": "U0ORYUSLMUO", "owner_name": "ada", "former_owner": null, "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-gone-ucmb", "created_at": "2026-11-23T12:56:44.728234Z", "expires_at": "2026-11-26T12:56:44.728234Z", "problem": null, "version": 4}',NULL,NULL,NULL,NULL,1);
INSERT INTO "calls" VALUES('c-fhpakyftp5','slash:5019214296979.7497170668686.a9877ef1e51c26ed55a6809340dee092','sandbox.create','slash','U08IBV3CQA5','C0TU7RQCVXR',NULL,'{"name": "orphan"}',NULL,'done',1,NULL,NULL,'2026-11-23 12:56:51.391590','2026-11-23 12:56:52.060942','{"id": "mwhn99j3", "name": "orphan", "state": "requested", "owner": "U08IBV3CQA5", "owner_name": "linus", "former_owner": null, "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-orphan-59uv", "created_at": "2026-11-23T12:56:51.554374Z", "expires_at": "2026-11-26T12:56:51.554374Z", "problem": null, "version": 1}',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "calls" VALUES('c-y94j5hkhez','slash:7117864924898.6651113940682.0b6f67bfe3eff94299f81e0c52a8c5a6','sandbox.create','slash','U0ORYUSLMUO','C0TU7RQCVXR',NULL,'{"size": "large", "name": "vast"}','q86Vx8TmhuzZm4WeaKYpHZybr6jm5-YhVjOvmmjnTd26HXmMqMd5MMr2rQlYjaGFD7CHE9VkpXxPlLM80z_tkZdE-PxzTo8k1VPmUSRwnMlQtaA3OR3qYmCsgvy5KKDl4TaZyA5fgSwUJJuD','waiting',1,NULL,NULL,'2026-11-23 12:56:54.612116',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "calls" VALUES('c-sxtvp3m3gn','message:D0RBJ7J6M2L:1795438614.782553','sandbox.create','mention','U0ORYUSLMUO','D0RBJ7J6M2L',NULL,'{"name": "private"}',NULL,'done',1,NULL,NULL,'2026-11-23 12:56:54.785134','2026-11-23 12:56:55.592793','{"id": "nxvescdw", "name": "private", "state": "requested", "owner": "U0ORYUSLMUO", "owner_name": "ada", "former_owner": null, "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-private-9zh3", "created_at": "2026-11-23T12:56:54.884328Z", "expires_at": "2026-11-26T12:56:54.884328Z", "problem": null, "version": 1}',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "calls" VALUES('c-s5u8jgte9g','api:U0ORYUSLMUO:sandbox.create:97b9e34e5d4de519de53b152d453c78206ab17012f04d7dd9c3f4e92be8f0bf4','sandbox.create','api','U0ORYUSLMUO',NULL,NULL,'{"name": "scripted"}',NULL,'done',1,NULL,NULL,'2026-11-23 12:56:58.965283','2026-11-23 12:56:59.280347','{"id": "uz4mem29", "name": "scripted", "state": "requested", "owner": "U0ORYUSLMUO", "owner_name": "ada", "former_owner": null, "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-scripted-pgyt", "created_at": "2026-11-23T12:56:59.038488Z", "expires_at": "2026-11-26T12:56:59.038488Z", "problem": null, "version": 1}',NULL,'["sandbox.*"]',NULL,'t9usmctk',NULL);
INSERT INTO "calls" VALUES('c-256k2tfrf9','slash:8727516820949.5943223713445.8a0bc4e83f69835d84560884291a436e','sandbox.create','slash','U0ORYUSLMUO','C0TU7RQCVXR',NULL,'{"name": "stuck"}',NULL,'done',1,NULL,NULL,'2026-11-23 12:57:00.721866','2026-11-23 12:57:00.770977','{"id": "xawpx49h", "name": "stuck", "state": "requested", "owner": "U0ORYUSLMUO", "owner_name": "ada", "former_owner": null, "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-stuck-yc2n", "created_at": "2026-11-23T12:57:00.751880Z", "expires_at": "2026-11-26T12:57:00.751880Z", "problem": null, "version": 1}',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "calls" VALUES('c-b2jc2zgenw','message:C0TU7RQCVXR:1795438620.924874','sandbox.list','mention','U0ORYUSLMUO','C0TU7RQCVXR','1795438620.924874','{}',NULL,'done',1,NULL,NULL,'2026-11-23 12:57:01.019384','2026-11-23 12:57:01.206875','{"sandboxes": [{"id": "rpw6622x", "name": "checkout", "state": "ready", "owner": "U0ORYUSLMUO", "owner_name": "ada", "former_owner": null, "team": "default", "size": "large", "purpose": "spring sale, \u00f6 & <b>", "namespace": "sbx-default-checkout-szyd", "created_at": "2026-11-23T12:56:41.834694Z", "expires_at": "2026-11-26T12:56:41.834694Z", "problem": null, "version": 3}, {"id": "nxvescdw", "name": "private", "state": "ready", "owner": "U0ORYUSLMUO", "owner_name": "ada", "former_owner": null, "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-private-9zh3", "created_at": "2026-11-23T12:56:54.884328Z", "expires_at": "2026-11-26T12:56:54.884328Z", "problem": null, "version": 3}, {"id": "uz4mem29", "name": "scripted", "state": "ready", "owner": "U0ORYUSLMUO", "owner_name": "ada", "former_owner": null, "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-scripted-pgyt", "created_at": "2026-11-23T12:56:59.038488Z", "expires_at": "2026-11-26T12:56:59.038488Z", "problem": null, "version": 3}, {"id": "xawpx49h", "name": "stuck", "state": "provisioning", "owner": "U0ORYUSLMUO", "owner_name": "ada", "former_owner": null, "team": "default", "size": "small", "purpose": "", "namespace": "sbx-default-stuck-yc2n", "created_at": "2026-11-23T12:57:00.751880Z", "expires_at": "2026-11-26T12:57:00.751880Z", "problem": null, "version": 2}], "everyone": false, "at": "2026-11-23T12:57:01.206041Z"}',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "calls" VALUES('c-uqvc5bufw5','slash:5123097212467.3846624485688.ae32f409769e952aa393103a8df406fc','sandbox.create','slash','U0IF4RG0VH0','C0TU7RQCVXR',NULL,'{"name": "later"}','Q7XLSpoqsDuxi-Sp_jNXAAuh9YfuWk0LRvExs9vP5FGTJ8H_3SMxzFhQWAPi8O-96B3BT_pLEWJU28HNsrfYKyvnuDfq_KT4-WmHbxGwUJxHyGEuf0BAOLCrVYx4fQ34-lMTBidLY2jMEpd_','accepted',1,'replica:9622:gpns93','2026-11-23 12:57:04.235471','2026-11-23 12:57:01.018269',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE direct_channels (
	user_id VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	PRIMARY KEY (user_id)
);
INSERT INTO "direct_channels" VALUES('U0ORYUSLMUO','D0RBJ7J6M2L');
CREATE TABLE event_deliveries (
	event_id BIGINT NOT NULL, 
	subscriber VARCHAR NOT NULL, 
	object_id VARCHAR NOT NULL, 
	due_at DATETIME, 
	claimed_by VARCHAR, 
	claimed_until DATETIME, 
	attempts INTEGER NOT NULL, 
	parked_at DATETIME, 
	error TEXT, 
	PRIMARY KEY (event_id, subscriber)
);
INSERT INTO "event_deliveries" VALUES(1,'people:person.left','U08IBV3CQA5',NULL,NULL,NULL,1,NULL,NULL);
INSERT INTO "event_deliveries" VALUES(1,'sandbox:person.left','U08IBV3CQA5',NULL,NULL,NULL,1,NULL,NULL);
CREATE TABLE events (
	id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	object_id VARCHAR NOT NULL, 
	payload TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "events" VALUES(1,'person.left','U08IBV3CQA5','{"user_id":"U08IBV3CQA5","name":"linus"}','2026-11-23 12:56:54.033211');
CREATE TABLE job_runs (
	job VARCHAR NOT NULL, 
	due_at DATETIME NOT NULL, 
	holder VARCHAR NOT NULL, 
	claimed_until DATETIME NOT NULL, 
	ended_at DATETIME, 
	result VARCHAR, 
	PRIMARY KEY (job, due_at)
);
INSERT INTO "job_runs" VALUES('bot.housekeeping','2026-11-23 03:17:00.000000','replica:9622:gpns93','2026-11-23 12:56:51.377026','2026-11-23 12:56:36.377026','skipped');
INSERT INTO "job_runs" VALUES('people.leavers','2026-11-23 04:41:00.000000','replica:9622:gpns93','2026-11-23 12:56:51.684450','2026-11-23 12:56:36.684450','skipped');
CREATE TABLE leases (
	name VARCHAR NOT NULL, 
	holder VARCHAR NOT NULL, 
	token BIGINT NOT NULL, 
	expires_at DATETIME NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "leases" VALUES('audit','replica:9622:gpns93',2,'2026-11-23 12:57:04.762638');
INSERT INTO "leases" VALUES('outbox','replica:9622:gpns93',1,'2026-11-23 12:57:04.735791');
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
INSERT INTO "messages" VALUES(1,'home:U0ORYUSLMUO','home:U0ORYUSLMUO',NULL,'U0ORYUSLMUO',NULL,NULL,NULL,0,NULL,NULL,3,'bot.home','U0ORYUSLMUO',NULL,NULL,NULL,NULL,NULL,0,19,19,'c3d65a358d13466bb1f0629f2d688381',NULL,NULL,'shown',NULL,'2026-11-23 12:57:00.761142',NULL,NULL,NULL,0,NULL,'2026-11-23 12:56:37.843154','2026-11-23 12:57:02.395842');
INSERT INTO "messages" VALUES(2,'approval:a-zfbua7e9:card','channel:C0TU7RQCVXR','C0TU7RQCVXR',NULL,NULL,NULL,NULL,0,NULL,NULL,3,'access.approval','a-zfbua7e9',NULL,NULL,NULL,NULL,NULL,0,2,2,'67485a5e513f6f460227e0917d41155e','C0TU7RQCVXR','1795438598.957013','shown',NULL,'2026-11-23 12:56:40.096722',NULL,NULL,NULL,0,NULL,'2026-11-23 12:56:38.672825','2026-11-23 12:56:41.720831');
INSERT INTO "messages" VALUES(3,'call:c-f2ugug6uhb:waits:de2a7a7c0a521373','response:call:c-f2ugug6uhb:waits:de2a7a7c0a521373',NULL,'U0ORYUSLMUO',NULL,NULL,'2026-11-23 13:26:36.895468',1,NULL,NULL,1,NULL,NULL,'{"text":"\u201csandbox create\u201d waits for approval.","blocks":[{"text":{"text":":hourglass_flowing_sand: \u201csandbox create\u201d waits for approval.\n\u2022 *large sandboxes*","type":"mrkdwn"},"type":"section"},{"text":{"emoji":false,"text":"\u2022 Sets up sandbox checkout for team default, size large: 8 CPUs, 16Gi memory, 100Gi storage\n\u2022 Deletes it after 3d","type":"plain_text"},"type":"section"},{"elements":[{"text":"Asked in <#C0TU7RQCVXR>. You will be told. Reference `c-f2ugug6uhb`","type":"mrkdwn"}],"type":"context"}]}',NULL,NULL,NULL,NULL,0,1,1,NULL,NULL,NULL,'shown',NULL,'2026-11-23 12:56:38.682737',NULL,NULL,NULL,0,NULL,'2026-11-23 12:56:38.682737','2026-11-23 12:56:39.096098');
INSERT INTO "messages" VALUES(4,'call:c-xde9x8e332:answer','response:call:c-xde9x8e332:answer',NULL,'U0TK84SEAE0',NULL,NULL,'2026-11-23 13:26:38.959301',1,NULL,NULL,1,NULL,NULL,'{"text":"*sandbox create* by ada is approved.","blocks":[{"text":{"text":"*sandbox create* by ada is approved.","type":"mrkdwn"},"type":"section"}]}',NULL,NULL,NULL,NULL,0,1,1,NULL,NULL,NULL,'shown',NULL,'2026-11-23 12:56:41.667179',NULL,NULL,NULL,0,NULL,'2026-11-23 12:56:41.667179','2026-11-23 12:56:42.088120');
INSERT INTO "messages" VALUES(5,'sandbox:rpw6622x:card','channel:C0TU7RQCVXR','C0TU7RQCVXR',NULL,'U0ORYUSLMUO',NULL,NULL,0,NULL,NULL,3,'sandbox.card','rpw6622x',NULL,NULL,NULL,NULL,NULL,0,3,3,'8c20af267390b57a42fcacc7be08a02d','C0TU7RQCVXR','1795438602.364528','shown',NULL,'2026-11-23 12:56:43.265689',NULL,NULL,NULL,0,NULL,'2026-11-23 12:56:42.284916','2026-11-23 12:56:44.584327');
INSERT INTO "messages" VALUES(6,'call:c-f2ugug6uhb:answer','response:call:c-f2ugug6uhb:answer',NULL,'U0ORYUSLMUO',NULL,NULL,'2026-11-23 13:26:36.895468',1,NULL,NULL,1,NULL,NULL,'{"text":"Setting up *checkout*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *checkout*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}',NULL,NULL,NULL,NULL,0,1,1,NULL,NULL,NULL,'shown',NULL,'2026-11-23 12:56:42.728101',NULL,NULL,NULL,0,NULL,'2026-11-23 12:56:42.728101','2026-11-23 12:56:43.554682');
INSERT INTO "messages" VALUES(7,'sandbox:taeywnkg:card','channel:C0TU7RQCVXR','C0TU7RQCVXR',NULL,'U0ORYUSLMUO',NULL,NULL,0,NULL,NULL,3,'sandbox.card','taeywnkg',NULL,NULL,NULL,NULL,NULL,0,5,5,'22955b33dc2597c6e8ef4085e08cd9ef','C0TU7RQCVXR','1795438605.582488','shown',NULL,'2026-11-23 12:56:51.022398',NULL,NULL,NULL,0,NULL,'2026-11-23 12:56:45.226527','2026-11-23 12:56:51.389570');
INSERT INTO "messages" VALUES(8,'call:c-cpu27ke5n5:answer','response:call:c-cpu27ke5n5:answer',NULL,'U0ORYUSLMUO',NULL,NULL,'2026-11-23 13:26:44.573392',1,NULL,NULL,1,NULL,NULL,'{"text":"Setting up *gone*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *gone*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}',NULL,NULL,NULL,NULL,0,1,1,NULL,NULL,NULL,'shown',NULL,'2026-11-23 12:56:45.367042',NULL,NULL,NULL,0,NULL,'2026-11-23 12:56:45.367042','2026-11-23 12:56:46.093604');
INSERT INTO "messages" VALUES(9,'call:c-p4y6224f7k:answer','response:call:c-p4y6224f7k:answer',NULL,'U0ORYUSLMUO',NULL,NULL,'2026-11-23 13:26:46.768094',1,NULL,NULL,1,NULL,NULL,'{"text":"Really sandbox delete gone?","blocks":[{"text":{"text":":warning: *Really sandbox delete gone?*","type":"mrkdwn"},"type":"section"},{"text":{"emoji":false,"text":"\u2022 Deletes sandbox gone of ada, team default: namespace sbx-default-gone-ucmb and everything in it\n\u2022 Pods, volumes and secrets are gone for good","type":"plain_text"},"type":"section"},{"elements":[{"action_id":"run:sandbox.delete:1cf61277","style":"danger","text":{"emoji":true,"text":"Yes, delete","type":"plain_text"},"type":"button","value":"{\"arguments\":{\"sandbox\":\"gone\"},\"confirmed\":true,\"version\":1}"}],"type":"actions"},{"elements":[{"text":"Nothing has been done yet.","type":"mrkdwn"}],"type":"context"}]}',NULL,NULL,NULL,NULL,0,1,1,NULL,NULL,NULL,'shown',NULL,'2026-11-23 12:56:47.433986',NULL,NULL,NULL,0,NULL,'2026-11-23 12:56:47.433986','2026-11-23 12:56:47.839896');
INSERT INTO "messages" VALUES(10,'call:c-mdsnpsdb2v:answer','response:call:c-mdsnpsdb2v:answer',NULL,'U0ORYUSLMUO',NULL,NULL,'2026-11-23 13:26:47.752446',1,NULL,NULL,1,NULL,NULL,'{"text":"Deleting *gone* and everything in it.","blocks":[{"text":{"text":":wastebasket: Deleting *gone* and everything in it.","type":"mrkdwn"},"type":"section"}]}',NULL,NULL,NULL,NULL,0,1,1,NULL,NULL,NULL,'shown',NULL,'2026-11-23 12:56:48.453452',NULL,NULL,NULL,0,NULL,'2026-11-23 12:56:48.453452','2026-11-23 12:56:48.749372');
INSERT INTO "messages" VALUES(11,'sandbox:mwhn99j3:card','channel:C0TU7RQCVXR','C0TU7RQCVXR',NULL,'U08IBV3CQA5',NULL,NULL,0,NULL,NULL,3,'sandbox.card','mwhn99j3',NULL,NULL,NULL,NULL,NULL,0,4,4,'f578422dd8c2301198ca94cb1f6642c9','C0TU7RQCVXR','1795438612.365640','shown',NULL,'2026-11-23 12:56:54.289906',NULL,NULL,NULL,0,NULL,'2026-11-23 12:56:52.006143','2026-11-23 12:56:54.814423');
INSERT INTO "messages" VALUES(12,'call:c-fhpakyftp5:answer','response:call:c-fhpakyftp5:answer',NULL,'U08IBV3CQA5',NULL,NULL,'2026-11-23 13:26:51.391590',1,NULL,NULL,1,NULL,NULL,'{"text":"Setting up *orphan*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *orphan*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}',NULL,NULL,NULL,NULL,0,1,1,NULL,NULL,NULL,'shown',NULL,'2026-11-23 12:56:52.266228',NULL,NULL,NULL,0,NULL,'2026-11-23 12:56:52.266228','2026-11-23 12:56:53.095895');
INSERT INTO "messages" VALUES(13,'approval:a-2sphrgej:card','channel:C0TU7RQCVXR','C0TU7RQCVXR',NULL,NULL,NULL,NULL,0,NULL,NULL,1,'access.approval','a-2sphrgej',NULL,NULL,NULL,NULL,NULL,0,1,1,'35e6231704092f8e8cdd078c7a75e72b','C0TU7RQCVXR','1795438615.343693','shown',NULL,'2026-11-23 12:56:54.993432',NULL,NULL,NULL,0,NULL,'2026-11-23 12:56:54.993432','2026-11-23 12:56:55.659501');
INSERT INTO "messages" VALUES(14,'call:c-y94j5hkhez:waits:b9c2cbfbeb5267e7','response:call:c-y94j5hkhez:waits:b9c2cbfbeb5267e7',NULL,'U0ORYUSLMUO',NULL,NULL,'2026-11-23 13:26:54.612116',1,NULL,NULL,1,NULL,NULL,'{"text":"\u201csandbox create\u201d waits for approval.","blocks":[{"text":{"text":":hourglass_flowing_sand: \u201csandbox create\u201d waits for approval.\n\u2022 *large sandboxes*","type":"mrkdwn"},"type":"section"},{"text":{"emoji":false,"text":"\u2022 Sets up sandbox vast for team default, size large: 8 CPUs, 16Gi memory, 100Gi storage\n\u2022 Deletes it after 3d","type":"plain_text"},"type":"section"},{"elements":[{"text":"Asked in <#C0TU7RQCVXR>. You will be told. Reference `c-y94j5hkhez`","type":"mrkdwn"}],"type":"context"}]}',NULL,NULL,NULL,NULL,0,1,1,NULL,NULL,NULL,'shown',NULL,'2026-11-23 12:56:55.029603',NULL,NULL,NULL,0,NULL,'2026-11-23 12:56:55.029603','2026-11-23 12:56:55.659501');
INSERT INTO "messages" VALUES(15,'sandbox:nxvescdw:card','channel:D0RBJ7J6M2L','D0RBJ7J6M2L',NULL,'U0ORYUSLMUO',NULL,NULL,0,NULL,NULL,3,'sandbox.card','nxvescdw',NULL,NULL,NULL,NULL,NULL,0,3,3,'afdea0adcdeaba60c2e78bafa73e9786','D0RBJ7J6M2L','1795438615.668973','shown',NULL,'2026-11-23 12:56:55.733469',NULL,NULL,NULL,0,NULL,'2026-11-23 12:56:55.449209','2026-11-23 12:56:58.639218');
INSERT INTO "messages" VALUES(16,'call:c-sxtvp3m3gn:answer','channel:D0RBJ7J6M2L','D0RBJ7J6M2L',NULL,'U0ORYUSLMUO',NULL,NULL,0,NULL,NULL,1,NULL,NULL,'{"text":"Setting up *private*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *private*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}',NULL,NULL,NULL,NULL,0,1,1,'137059696499c865167a6a9b13fe15e3','D0RBJ7J6M2L','1795438616.739501','shown',NULL,'2026-11-23 12:56:55.709818',NULL,NULL,NULL,0,NULL,'2026-11-23 12:56:55.709818','2026-11-23 12:56:56.749181');
INSERT INTO "messages" VALUES(17,'sandbox:uz4mem29:card','person:U0ORYUSLMUO',NULL,'U0ORYUSLMUO','U0ORYUSLMUO',NULL,NULL,0,NULL,NULL,1,'sandbox.card','uz4mem29',NULL,NULL,NULL,NULL,NULL,0,3,3,'342594db88433e3e687c387732a32fd9','D0RBJ7J6M2L','1795438619.639769','shown',NULL,'2026-11-23 12:56:59.204087',NULL,NULL,NULL,0,NULL,'2026-11-23 12:56:59.204087','2026-11-23 12:57:00.708383');
INSERT INTO "messages" VALUES(18,'sandbox:xawpx49h:card','channel:C0TU7RQCVXR','C0TU7RQCVXR',NULL,'U0ORYUSLMUO',NULL,NULL,0,NULL,NULL,1,'sandbox.card','xawpx49h',NULL,NULL,NULL,NULL,NULL,0,3,1,'db455a16e179022c5ae10199764bbad2','C0TU7RQCVXR','1795438620.919361','waiting','2026-11-23 12:57:05.292982','2026-11-23 12:57:00.760533',NULL,NULL,NULL,2,'chat.update: HTTP 500 instead of an answer','2026-11-23 12:57:00.760533','2026-11-23 12:57:03.623381');
INSERT INTO "messages" VALUES(19,'call:c-256k2tfrf9:answer','response:call:c-256k2tfrf9:answer',NULL,'U0ORYUSLMUO',NULL,NULL,'2026-11-23 13:27:00.721866',1,NULL,NULL,1,NULL,NULL,'{"text":"Setting up *stuck*. Its card follows along.","blocks":[{"text":{"text":":hourglass_flowing_sand: Setting up *stuck*. Its card follows along.","type":"mrkdwn"},"type":"section"}]}',NULL,NULL,NULL,NULL,0,1,1,NULL,NULL,NULL,'shown',NULL,'2026-11-23 12:57:00.785701',NULL,NULL,NULL,0,NULL,'2026-11-23 12:57:00.785701','2026-11-23 12:57:01.081137');
INSERT INTO "messages" VALUES(20,'call:c-b2jc2zgenw:answer','channel:C0TU7RQCVXR','C0TU7RQCVXR',NULL,'U0ORYUSLMUO',NULL,NULL,0,NULL,'1795438620.924874',1,NULL,NULL,'{"text":"4 sandboxes","blocks":[{"accessory":{"action_id":"run:sandbox.show:b3e8c8b5","text":{"emoji":true,"text":"Details","type":"plain_text"},"type":"button","value":"{\"arguments\":{\"sandbox\":\"rpw6622x\"},\"confirmed\":false,\"version\":null}"},"text":{"text":":large_green_circle: *checkout* is ready\nlarge \u00b7 until <!date^1795697801^{date_short_pretty} at {time}|2026-11-26 12:56 UTC>","type":"mrkdwn"},"type":"section"},{"accessory":{"action_id":"run:sandbox.show:b0f13f14","text":{"emoji":true,"text":"Details","type":"plain_text"},"type":"button","value":"{\"arguments\":{\"sandbox\":\"nxvescdw\"},\"confirmed\":false,\"version\":null}"},"text":{"text":":large_green_circle: *private* is ready\nsmall \u00b7 until <!date^1795697814^{date_short_pretty} at {time}|2026-11-26 12:56 UTC>","type":"mrkdwn"},"type":"section"},{"accessory":{"action_id":"run:sandbox.show:d3be8dbb","text":{"emoji":true,"text":"Details","type":"plain_text"},"type":"button","value":"{\"arguments\":{\"sandbox\":\"uz4mem29\"},\"confirmed\":false,\"version\":null}"},"text":{"text":":large_green_circle: *scripted* is ready\nsmall \u00b7 until <!date^1795697819^{date_short_pretty} at {time}|2026-11-26 12:56 UTC>","type":"mrkdwn"},"type":"section"},{"accessory":{"action_id":"run:sandbox.show:d4923a3c","text":{"emoji":true,"text":"Details","type":"plain_text"},"type":"button","value":"{\"arguments\":{\"sandbox\":\"xawpx49h\"},\"confirmed\":false,\"version\":null}"},"text":{"text":":construction: *stuck* is being set up\nsmall \u00b7 until <!date^1795697820^{date_short_pretty} at {time}|2026-11-26 12:57 UTC>","type":"mrkdwn"},"type":"section"}]}',NULL,NULL,NULL,NULL,0,1,0,NULL,NULL,NULL,'waiting','2026-11-23 12:57:05.625899','2026-11-23 12:57:02.334730',NULL,NULL,'2026-11-23 12:57:02.393805',2,'chat.postMessage: HTTP 500 instead of an answer','2026-11-23 12:57:02.334730','2026-11-23 12:57:03.283436');
CREATE TABLE people (
	user_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	zone VARCHAR NOT NULL, 
	full_member BOOLEAN NOT NULL, 
	learnt_at DATETIME NOT NULL, gone BOOLEAN DEFAULT 0 NOT NULL, domain VARCHAR, 
	PRIMARY KEY (user_id)
);
INSERT INTO "people" VALUES('U0ORYUSLMUO','ada','Europe/Berlin',1,'2026-11-23 12:56:38.186580',0,NULL);
INSERT INTO "people" VALUES('U0TK84SEAE0','grace','America/New_York',1,'2026-11-23 12:56:38.965844',0,NULL);
INSERT INTO "people" VALUES('U08IBV3CQA5','linus','Europe/Helsinki',0,'2026-11-23 12:56:54.033211',1,NULL);
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
	claimed_until DATETIME, former_owner VARCHAR, 
	PRIMARY KEY (id), 
	UNIQUE (request_ref), 
	UNIQUE (namespace)
);
INSERT INTO "sandboxes" VALUES('rpw6622x','c-f2ugug6uhb','checkout','U0ORYUSLMUO','ada','default','large','spring sale, ö & <b>','sbx-default-checkout-szyd','001e3c14-b1ee-4616-8c16-dc9ef5cb6549','ready',1,3,NULL,0,'2026-11-23 12:56:41.834694','2026-11-26 12:56:41.834694',NULL,'2026-11-23 13:06:43.575851',NULL,NULL);
INSERT INTO "sandboxes" VALUES('taeywnkg','c-cpu27ke5n5','gone','U0ORYUSLMUO','ada','default','small','','sbx-default-gone-ucmb','15faa35b-a997-47fd-85ae-7bbb1312b394','deleted',0,6,NULL,0,'2026-11-23 12:56:44.728234','2026-11-26 12:56:44.728234','2026-11-23 12:56:47.996155',NULL,NULL,NULL);
INSERT INTO "sandboxes" VALUES('mwhn99j3','c-fhpakyftp5','orphan','','team default','default','small','','sbx-default-orphan-59uv','9b74df71-5391-4aa7-a84b-972b72c44220','ready',1,5,NULL,0,'2026-11-23 12:56:51.554374','2026-11-26 12:56:51.554374',NULL,'2026-11-23 13:06:54.807306',NULL,'linus');
INSERT INTO "sandboxes" VALUES('nxvescdw','c-sxtvp3m3gn','private','U0ORYUSLMUO','ada','default','small','','sbx-default-private-9zh3','e9a1db1d-48ef-40f2-9826-b180960bacbf','ready',1,3,NULL,0,'2026-11-23 12:56:54.884328','2026-11-26 12:56:54.884328',NULL,'2026-11-23 13:06:55.893432',NULL,NULL);
INSERT INTO "sandboxes" VALUES('uz4mem29','c-s5u8jgte9g','scripted','U0ORYUSLMUO','ada','default','small','','sbx-default-scripted-pgyt','69fcffb9-a2c2-4f27-95c7-83a7d1d2b987','ready',1,3,NULL,0,'2026-11-23 12:56:59.038488','2026-11-26 12:56:59.038488',NULL,'2026-11-23 13:06:59.864200',NULL,NULL);
INSERT INTO "sandboxes" VALUES('xawpx49h','c-256k2tfrf9','stuck','U0ORYUSLMUO','ada','default','small','','sbx-default-stuck-yc2n',NULL,'provisioning',1,4,'The cluster is not available right now; I keep trying.',2,'2026-11-23 12:57:00.751880','2026-11-26 12:57:00.751880',NULL,'2026-11-23 12:57:08.727710',NULL,NULL);
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
INSERT INTO "tokens" VALUES('t9usmctk',X'4C6827E6BF8DCFD8A575F1D378A52B2F244CD20CD48781AB46DFA64B352DE187','deploy script','U0ORYUSLMUO','["sandbox.*"]','2026-11-23 12:56:36.644762','2026-12-02 12:56:36.644762','2026-11-23 12:56:58.201447',NULL);
CREATE TABLE usergroups (
	ref VARCHAR NOT NULL, 
	group_id VARCHAR, 
	members TEXT NOT NULL, 
	learnt_at DATETIME NOT NULL, 
	PRIMARY KEY (ref)
);
INSERT INTO "usergroups" VALUES('@approvers','S0617GMJ7KH','["U0TK84SEAE0"]','2026-11-23 12:56:36.927461');
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
CREATE INDEX ix_audit_unsealed ON audit (id) WHERE sequence IS NULL;
CREATE INDEX ix_audit_at ON audit (at);
CREATE INDEX ix_audit_actor ON audit (actor, id);
CREATE INDEX ix_audit_action ON audit (action, id);
CREATE INDEX ix_audit_on_behalf_of ON audit (on_behalf_of, id) WHERE on_behalf_of IS NOT NULL;
CREATE INDEX ix_audit_object ON audit (object, id) WHERE object IS NOT NULL;
CREATE INDEX ix_audit_call ON audit (call, id) WHERE call IS NOT NULL;
CREATE INDEX ix_approvals_due ON approvals (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX ix_approvals_asked_at ON approvals (asked_at);
CREATE INDEX ix_people_learnt_at ON people (learnt_at);
CREATE INDEX ix_events_at ON events (at);
CREATE INDEX ix_event_deliveries_due ON event_deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX ix_event_deliveries_order ON event_deliveries (subscriber, object_id, event_id) WHERE due_at IS NOT NULL;
COMMIT;
