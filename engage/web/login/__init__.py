"""The doors of accounts: signing in and staying signed in. Flask-Security lives here and in `accounts`, and nowhere else."""
