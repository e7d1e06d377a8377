-- too many developments for one need
-- expect: error at most 8
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    local t = {}
    for i = 1, 17 do t[i] = shadowing {} end
    return t
  end,
}
