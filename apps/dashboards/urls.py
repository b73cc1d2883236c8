"""Paths of the dashboards app: pages, what edit mode asks, and the data of placed cards."""

from django.urls import URLPattern, URLResolver, path

from apps.dashboards import card_views, edit_views, explore_views, gallery, grid_views, views

app_name = "dashboards"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("d/", views.listing, name="list"),
    path("d/new/", views.new, name="new"),
    path("d/<slug:slug>/", views.detail, name="detail"),
    path("d/<slug:slug>/star/", views.star, name="star"),
    path("d/<slug:slug>/filter/<str:column>/", views.filter_values, name="filter"),
    path("d/<slug:slug>/settings/", views.settings, name="settings"),
    path("d/<slug:slug>/delete/", views.delete, name="delete"),
    path("d/<slug:slug>/layout/", edit_views.layout, name="layout"),
    path("d/<slug:slug>/widgets/", edit_views.new_widget, name="new_widget"),
    path("d/<slug:slug>/widgets/<int:pk>/", edit_views.restore_widget, name="restore_widget"),
    path("widgets/gallery/", gallery.page, name="gallery"),
    path("widgets/gallery/<slug:kind>/", gallery.data, name="gallery_data"),
    path("explore/", explore_views.page, name="explore"),
    path("explore/data/", explore_views.data, name="explore_data"),
    path("explore/data.csv", explore_views.csv, name="explore_csv"),
    path("explore/sql/", explore_views.sql, name="explore_sql"),
    path("explore/values/", explore_views.column_values, name="explore_values"),
    path("explore/save/", explore_views.save, name="explore_save"),
    path("w/<int:pk>/", views.full, name="card_full"),
    path("w/<int:pk>/data/", card_views.data, name="card_data"),
    path("w/<int:pk>/grid/", grid_views.grid, name="card_grid"),
    path("w/<int:pk>/grid/history/", grid_views.grid_history, name="card_grid_history"),
    path("w/<int:pk>/rows/", card_views.more_rows, name="card_rows"),
    path("w/<int:pk>/data.csv", card_views.download, name="card_csv"),
    path("w/<int:pk>/download.<slug:form>", card_views.download, name="card_download"),
    path("w/<int:pk>/query/", card_views.query, name="card_query"),
    path("w/<int:pk>/explain/", card_views.explain, name="card_explain"),
    path("w/<int:pk>/behind/", card_views.rows_behind, name="card_behind"),
    path("w/<int:pk>/alert/", card_views.alert, name="card_alert"),
    path("w/<int:pk>/explore/", explore_views.of_card, name="card_explore"),
    path("w/<int:pk>/picture/<slug:digest>.svg", card_views.picture, name="card_picture"),
    path("w/<int:pk>/image/<str:name>", card_views.image, name="card_image"),
    path("w/<int:pk>/card/", edit_views.card, name="card"),
    path("w/<int:pk>/edit/", edit_views.edit_widget, name="edit_widget"),
    path("w/<int:pk>/kinds/", edit_views.change_kind, name="card_kinds"),
    path("w/<int:pk>/kinds/<slug:kind>/", edit_views.kind_data, name="card_kind_data"),
    path("w/<int:pk>/duplicate/", edit_views.duplicate_widget, name="duplicate_widget"),
    path("w/<int:pk>/remove/", edit_views.remove_widget, name="remove_widget"),
]
