-- Of a name cut to 191 characters only the name was used, not the time behind it: each page of a project's calls read all before it.
ALTER TABLE interface_log DROP INDEX interface_log_project, ADD INDEX interface_log_project (project, request_time, id);
