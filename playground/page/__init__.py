"""The web page of the playground: Slack as a person sees it, in a browser. Shows the doubles and acts through `Person` only.

    page = Page(double, cluster=None)
    await page.start(port=0)            # 127.0.0.1 only
    page.url                            # "http://127.0.0.1:…/"
    await page.stop()

survey.py says what a person sees, session.py keeps one browser up to date, commands.py takes what a person does, server.py joins
them. `static/` is the front end: plain ES modules, no build step, nothing from outside.
"""

from playground.page.server import Page

__all__ = ["Page"]
