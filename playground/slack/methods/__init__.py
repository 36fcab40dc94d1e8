"""The Web API's methods, a family a file. Each takes a Call and answers Slack's JSON or raises Refusal; speaks no HTTP."""
