"""What can go wrong with the stages; each message is one line that names the next command.

* StagesError
  x ManifestError   stages.yaml says something that cannot be
  x GitError        git refused, or a commit is not there
  x TagMovedError   a tag of ours names another commit already
  x SeriesError     a series cannot be assembled from what is there
"""


class StagesError(Exception):
    """A cause the user can act on; the command line prints it and exits with 2."""


class ManifestError(StagesError):
    """The manifest cannot be read, or contradicts itself."""


class GitError(StagesError):
    """git refused, or does not know the commit."""


class TagMovedError(StagesError):
    """A published tag never moves: here it names another commit than the manifest."""


class SeriesError(StagesError):
    """The trees of a series are not there, or not in order."""
