# gitea.sh runs a Gitea on $PORT with the users alice and bob. $OAUTH2 is a further line of its settings.
cat >app.ini <<END
RUN_MODE = prod
WORK_PATH = $PWD/gitea
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = $PORT
ROOT_URL = http://127.0.0.1:$PORT/
DISABLE_SSH = true
LFS_START_SERVER = true
[database]
DB_TYPE = sqlite3
PATH = $PWD/gitea.db
[oauth2]
$OAUTH2
[security]
INSTALL_LOCK = true
PASSWORD_HASH_ALGO = pbkdf2\$1000\$50
[log]
MODE = console
LEVEL = Error
[cron]
ENABLED = false
END
gitea --config app.ini migrate
for user in alice bob; do
	gitea --config app.ini admin user create --username $user --email $user@example.com --password 'wonder land' \
		--must-change-password=false
done
exec gitea --config app.ini web
