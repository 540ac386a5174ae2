//! Headings and codes in traditional characters, as files in Big5 have them, looked up in their simplified form.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// Each traditional character that the names of fields and codes may be written with, followed by the simplified one.
const PAIRS: &str = "並并乾干佔占併并來来侷局係系俬私個个備备傢家傳传傷伤傾倾價价儀仪償偿優优儲储兒儿內内兩两冊册別别則则剋克創创劃划劑剂動动務务勢势勵励勸劝匯汇區区協协卽即厠厕厤历參参員员問问啓启啟启喫吃單单嗎吗\
    噁恶噹当嚥咽嚮向嚴严國国圍围圖图團团垻坝埰采執执報报場场塊块塗涂塵尘墻墙壓压壞坏壩坝奬奖婦妇媽妈嬰婴孫孙學学宮宫寀采實实寧宁審审寫写寶宝將将專专對对導导層层屬属島岛崗岗嵗岁嶽岳師师帶带幣币幫帮\
    幹干幾几庫库廁厕廣广張张強强彆别彔录彙汇後后徑径從从復复徵征惡恶愛爱態态慼戚憑凭應应懞蒙懷怀戶户捲卷掃扫掛挂採采換换損损搶抢摺折撥拨撫抚撲扑擔担據据擬拟擴扩攜携敎教數数斷断於于旂旗旣既昇升時时\
    暫暂曆历曏向書书會会朮术査查桿杆條条楊杨業业榦干構构樓楼標标樣样橋桥機机橫横檔档檢检檯台檻槛櫥橱欄栏權权歲岁歷历殘残氣气決决沒没況况淩凌減减測测準准溝沟溫温溼湿滙汇滯滞滿满漢汉潔洁潛潜潰溃濕湿\
    濛蒙濟济瀉泻為为無无煉炼煙烟燒烧營营爲为爾尔牀床牆墙牽牵狀状狹狭獃呆獎奖獨独獲获現现環环產产産产甯宁畫画異异畵画當当痠酸瘍疡瘓痪瘡疮療疗癇痫癡痴癥症癱瘫癲癫發发皁皂監监盤盘眾众睏困矇蒙確确碼码\
    礎础礙碍禮礼種种稱称積积穩稳穫获競竞箇个節节範范築筑篩筛簡简簽签籌筹籤签糰团約约紅红納纳紙纸級级細细終终組组結结絕绝絞绞絡络給给統统絶绝經经綜综綠绿綫线維维網网綵彩緊紧緑绿線线緣缘編编緩缓練练\
    緻致縣县縮缩總总績绩織织繫系繳缴繼继續续纍累纔才羣群義义習习聞闻聯联聲声職职聽听脈脉脩修脫脱腎肾腦脑腫肿腳脚腸肠膚肤膠胶膽胆臉脸臟脏臥卧臨临臺台與与舉举舊旧舘馆茲兹莊庄菸烟萬万葯药蓋盖蔘参蕁荨\
    薦荐藥药處处號号衆众術术衕同衛卫補补裝装製制複复覈核見见規规視视親亲覽览訂订計计訓训託托記记訪访設设許许診诊註注証证評评詢询試试話话該该詳详誌志認认語语誤误說说説说誰谁課课調调談谈請请諮咨諾诺\
    講讲證证識识議议護护變变讓让負负財财貧贫貨货責责買买費费貼贴資资賣卖質质賬账賴赖購购賽赛蹤踪車车較较載载輔辅輕轻輛辆輪轮輸输轄辖轉转辦办農农迴回這这週周進进運运過过達达遠远適适遲迟遷迁選选遺遗\
    邁迈還还邊边鄉乡鄰邻醣糖醫医釘钉針针鈎钩鈡钟鉤钩銀银銅铜銜衔銷销錄录錢钱錯错録录錶表鍊炼鍛锻鍼针鍾钟鎭镇鎮镇鐘钟長长門门閃闪開开間间閤合闆板關关陝陕陞升陳陈陽阳隊队階阶際际隨随險险隱隐隸隶隻只\
    雙双雜杂雞鸡離离難难雲云電电霧雾靜静韓韩響响頁页項项須须預预領领頜颌頭头頸颈頻频題题額额願愿類类顧顾顫颤顯显顱颅風风颱台颳刮飲饮飼饲養养餘余館馆饋馈駐驻駕驾駛驶驗验髒脏體体髮发鬆松鬚须鬱郁鷄鸡\
    鹹咸鹽盐麪面麫面麵面麼么麽么點点齊齐齒齿齡龄齣出齲龋龍龙";

static SIMPLIFIED: LazyLock<FxHashMap<char, char>> = LazyLock::new(|| {
    let letters: Vec<char> = PAIRS.chars().collect();
    letters.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
});

/// The text in simplified characters; `None` where it is already.
pub fn simplified(text: &str) -> Option<String> {
    if text.is_ascii() || !text.chars().any(|c| SIMPLIFIED.contains_key(&c)) {
        return None;
    }
    Some(text.chars().map(|c| SIMPLIFIED.get(&c).copied().unwrap_or(c)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_traditional_changes() {
        assert_eq!(simplified("機構名稱").as_deref(), Some("机构名称"));
        assert_eq!(simplified("主治醫師（兒科）").as_deref(), Some("主治医师（儿科）"));
        assert_eq!(simplified("机构名称"), None);
        assert!(SIMPLIFIED.values().all(|simple| !SIMPLIFIED.contains_key(simple)));
    }
}
