FROM python:3.12-slim

RUN useradd --create-home --uid 10001 emulator
WORKDIR /home/emulator
COPY pyproject.toml README.md /source/
COPY mock_server /source/mock_server
COPY contracts /source/contracts
RUN pip install --no-cache-dir /source && rm -r /source

USER emulator
ENV MOCK_SERVER_HOST=0.0.0.0 MOCK_SERVER_PORT=8400
EXPOSE 8400
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s CMD ["mock-server", "health"]
STOPSIGNAL SIGINT
ENTRYPOINT ["mock-server"]
CMD ["serve"]
